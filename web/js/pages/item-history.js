// Versions as a timeline: what each changed, who did it, why, and under which change.
import { html, useEffect, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { commitLink, Loading, Refused } from "../parts.js";
import { ago, many, moment, shown, titled } from "../words.js";

const PIECE = 20;

export function ItemHistory({ id }) {
  const [state, setState] = useState({ nodes: [], total: 0, next: null, loading: true, problem: null });
  const load = (after, signal) => {
    setState((before) => ({ ...before, loading: true }));
    return ask("History", { id, first: PIECE, after }, signal).then(
      ({ history }) => setState((before) => ({
        nodes: after ? [...before.nodes, ...history.nodes] : history.nodes,
        total: history.totalCount,
        next: history.pageInfo.hasNextPage ? history.pageInfo.endCursor : null,
        loading: false,
        problem: null,
      })),
      (problem) => problem.name !== "AbortError" && setState((before) => ({ ...before, loading: false, problem: said(problem) })),
    );
  };
  useEffect(() => {
    const stop = new AbortController();
    load(null, stop.signal);
    return () => stop.abort();
  }, [id]);
  return html`<section aria-labelledby="history-title">
    <h2 id="history-title">History ${state.total > 0 && html`<span class="muted">${many(state.total, "version")}</span>`}</h2>
    ${state.problem && html`<${Refused} problem=${state.problem} />`}
    ${state.loading && !state.nodes.length && html`<${Loading} what="the history" />`}
    ${!state.loading && !state.problem && !state.nodes.length && html`<p>The ledger has no version of it.</p>`}
    <ol class="timeline">${state.nodes.map((version) => html`<${Version} key=${version.seq} version=${version} />`)}</ol>
    ${state.next && html`<button class="quiet" disabled=${state.loading} onClick=${() => load(state.next)}>Older versions</button>`}
  </section>`;
}

function Version({ version }) {
  const { commit, differences } = version;
  const created = version.revision === 1;
  const title = version.retired ? "Retired" : created ? "Recorded" : differences.length ? `${many(differences.length, "value")} changed` : "Its sources changed, no value did";
  return html`<li>
    <h3>${title} <span class="muted small">revision ${version.revision}, commit <a href=${commitLink(version.seq)}>${version.seq}</a></span></h3>
    ${commit && html`<p class="small muted"><time datetime=${commit.time} title=${moment(commit.time)}>${ago(commit.time)}</time>
      ${" by "}<strong>${commit.actor}</strong> through ${commit.source}${commit.reason && html`: “${commit.reason}”`}
      ${", "}${commit.change ? html`under change <strong>${commit.change}</strong>` : "without a change"}</p>`}
    ${!created && differences.length > 0 && html`<ul class="differences">${differences.map((one) => html`<li key=${one.field}>
      <span class="field">${titled(one.field)}</span> ${one.before === null
        ? html`<ins>${shown(one.after)}</ins>`
        : one.after === null ? html`<del>${shown(one.before)}</del>` : html`<del>${shown(one.before)}</del> → <ins>${shown(one.after)}</ins>`}</li>`)}</ul>`}
    ${created && differences.length > 0 && html`<p class="small muted">with ${many(differences.length, "value")}</p>`}
  </li>`;
}
