// One commit of the ledger: who, when, why, under which change, and what it altered.
import { html, useEffect } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Ago, commitLink, Loading, Refused } from "../parts.js";
import { many, moment } from "../words.js";
import { DifferenceList } from "../compare/list.js";
import { compareLink } from "../compare/state.js";

export function CommitPage({ id }) {
  const seq = /^\d{1,15}$/.test(id) ? Number(id) : 0;
  const { data, problem, loading, current } = useAsk("Commits", seq ? { after: String(seq - 1), first: 1 } : null);
  const commit = data?.commits.nodes[0];
  useEffect(() => {
    document.title = `Commit ${id} · CMDB`;
  }, [id]);
  if (problem) return html`<${Refused} problem=${problem} />`;
  if (seq && (!current || loading)) return html`<${Loading} what="the commit" />`;
  if (!commit || Number(commit.seq) !== seq) return html`<article><h1>Not there</h1><p class="lead">The ledger has no commit ${id}.${data && html` The latest is <a href=${commitLink(data.commits.revision)}>${data.commits.revision}</a>.`}</p></article>`;
  const latest = Number(data.commits.revision);
  return html`<article class="commit-page">
    <header class="page-head"><div><h1>Commit ${commit.seq}</h1><p class="muted"><time datetime=${commit.time}>${moment(commit.time)}</time>, <${Ago} time=${commit.time} /></p></div>
      <nav class="actions" aria-label="Neighbours">${seq > 1 && html`<a class="button quiet" href=${commitLink(seq - 1)}>← ${seq - 1}</a>`}${seq < latest && html`<a class="button quiet" href=${commitLink(seq + 1)}>${seq + 1} →</a>`}
        ${seq < latest && html`<a class="button quiet" href=${compareLink({ from: String(seq), to: "now" })}>What changed since</a>`}</nav></header>
    <section class="panel" aria-labelledby="who-title"><h2 id="who-title">Who and why</h2><dl class="pairs">
      <dt>Who</dt><dd><strong>${commit.actor}</strong> through ${commit.source}</dd>
      <dt>Why</dt><dd>${commit.reason ? `“${commit.reason}”` : html`<span class="muted">no reason was given</span>`}</dd>
      <dt>Change</dt><dd>${commit.change ? html`<strong>${commit.change}</strong>` : html`<strong class="worse">unauthorised</strong>: the commit names no change`}</dd>
      <dt>Versions</dt><dd>${many(commit.versions, "version")} written</dd>
      <dt>Chain hash</dt><dd><code class="hash">${commit.hash}</code></dd></dl></section>
    <section class="panel" aria-labelledby="altered-title"><h2 id="altered-title">What it altered</h2>
      <p class="small muted">Items and relationships, before and after. Process records it wrote as well are not listed here.</p>
      <${DifferenceList} key=${seq} asked=${{ from: String(seq - 1), to: String(seq) }} sides=${["Before", "After"]} label=${`What commit ${seq} altered`} /></section>
  </article>`;
}
