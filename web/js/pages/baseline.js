// One baseline: what it designates, what pins it, the steps of its life, and the next step for who may take it.
import { html, useEffect, useMemo, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Ago, commitLink, Loading, Refused } from "../parts.js";
import { count, many, moment } from "../words.js";
import { baselineLink, BaselineState, may, scopeText, STATES } from "../baselines/parts.js";
import { Steps } from "../baselines/steps.js";
import { compareLink } from "../compare/state.js";
import { useNames } from "../impact/names.js";

const NO_NAMES = new Map();

export function BaselinePage({ id }) {
  const [round, setRound] = useState(0);
  const { data, problem, loading } = useAsk("Baseline", { id, round });
  const roles = useAsk("Me", {}).data?.me.roles;
  const one = data?.baseline;
  const names = useNames(useMemo(() => one?.scope.itemIds.slice(0, 3) ?? [], [one]), NO_NAMES);
  useEffect(() => {
    document.title = `${one?.name ?? "Baseline"} · CMDB`;
  }, [one?.name]);
  if (problem) return html`<${Refused} problem=${problem} />`;
  if (!data && loading) return html`<${Loading} what="the baseline" />`;
  if (!one) return html`<article><h1>Not there</h1><p class="lead">There is no baseline of this id. <a href="#/baselines">All baselines</a></p></article>`;
  return html`<article class="baselines">
    <header class="page-head"><div><p class="small"><a href="#/baselines">Baselines</a></p><h1>${one.name}</h1><p class="muted">${one.purpose}</p></div>
      <div class="actions">${one.state !== "WITHDRAWN" && html`<a class="button" href=${compareLink({ from: one.name })}>What changed since?</a>`}</div></header>
    ${one.state === "WITHDRAWN" && html`<p class="notice warn">Withdrawn by ${one.withdrawnBy}: “${one.withdrawnReason}”. It stays as evidence; as a moment to ask by it is refused.</p>`}
    <section class="panel" aria-labelledby="facts-title"><h2 id="facts-title">What it designates</h2><dl class="pairs">
      <dt>State</dt><dd><${BaselineState} state=${one.state} /> <span class="muted">${STATES[one.state]?.means}</span></dd>
      ${one.designation && html`<dt>Designation</dt><dd>${one.designation}</dd>`}
      <dt>Scope</dt><dd>${scopeText(one.scope, names)}</dd>
      <dt>Commit</dt><dd><a href=${commitLink(one.seq)}>${one.seq}</a> of ${moment(one.time)}</dd>
      <dt>Chain hash</dt><dd><code class="hash">${one.hash}</code></dd>
      <dt>Taken</dt><dd>${moment(one.takenAt)} by ${one.takenBy}${one.scheduleId && ", on schedule"}</dd>
      ${one.approvedBy && html`<dt>Approved</dt><dd>${moment(one.approvedAt)} by ${one.approvedBy}</dd>`}
      ${one.supersededBy && html`<dt>Superseded</dt><dd>${moment(one.supersededAt)} by <a href=${baselineLink(one.supersededBy.id)}>${one.supersededBy.name}</a></dd>`}
      <dt>Seal</dt><dd>${one.seal ? html`<code class="hash">${one.seal.digest}</code><br /><span class="muted small">over ${many(one.seal.items, "item")} and ${many(one.seal.relations, "relationship")}, ${moment(one.seal.sealedAt)}</span>` : "not yet: a job computes it, or the button below does"}</dd></dl></section>
    ${(may(roles, "take") || may(roles, "approve")) && html`<${Steps} key=${`${one.id}|${one.revision}`} one=${one} roles=${roles} done=${() => setRound(round + 1)} />`}
    <section class="panel" aria-labelledby="life-title"><h2 id="life-title">Its life <span class="muted">${many(one.history.length, "step")}</span></h2><ol class="timeline">${one.history.map((step) => html`<li key=${step.revision}>
      <h3><${BaselineState} state=${step.state} />${step.sealed ? html` <span class="muted small">sealed</span>` : ""} <span class="muted small">commit <a href=${commitLink(step.seq)}>${count(Number(step.seq))}</a></span></h3>
      ${step.commit && html`<p class="small muted"><${Ago} time=${step.commit.time} /> by <strong>${step.commit.actor}</strong>${step.commit.reason && html`: “${step.commit.reason}”`}</p>`}</li>`)}</ol></section>
  </article>`;
}
