// Two sides compared: totals and coverage, the tree by service, and each difference with the change that allowed it, or none.
import { html, useEffect, useMemo } from "../ui.js";
import { useAsk } from "../graphql.js";
import { commitLink, CopyLink, Loading, Menu, Refused } from "../parts.js";
import { count, many, moment, plain } from "../words.js";
import { Totals } from "../compare/coverage.js";
import { CompareForm } from "../compare/form.js";
import { DifferenceList } from "../compare/list.js";
import { compareLink, exportLink, parse, question } from "../compare/state.js";
import { ServiceTree, TypeTable } from "../compare/tree.js";
import { KINDS, sideWords } from "../compare/words.js";

export function ComparePage({ query }) {
  const state = useMemo(() => parse(query), [query]);
  const asked = question(state);
  const baselines = useAsk("Baselines", { first: 100 }).data?.baselines.nodes ?? [];
  const { data, problem, loading, current } = useAsk("CompareBaselines", asked && { ...asked, first: 50 });
  const found = asked ? data?.compareBaselines : null;
  const change = (part) => { location.hash = compareLink({ ...state, ...part }); };
  const title = found ? `${sideWords(found.from)} compared with ${sideWords(found.to)}` : "Compare";
  useEffect(() => {
    document.title = `${title} · CMDB`;
  }, [title]);
  const sides = found ? [sideWords(found.from), sideWords(found.to)] : [];
  return html`<article class="compare">
    <header class="page-head"><h1>${title}</h1>${found && html`<div class="actions"><${CopyLink} hash=${pinned(state, found)} words="Copy link" /><${Exports} state=${state} found=${found} /></div>`}</header>
    <${CompareForm} state=${state} baselines=${baselines} go=${(part) => change({ ...part, service: "", type: "", kind: "" })} />
    ${problem && html`<${Refused} problem=${problem} />`}
    ${!found && loading && html`<${Loading} what="the comparison" />`}
    ${found && !problem && html`<div aria-busy=${current ? "false" : "true"}>
      <div class="side-cards"><${Side} title="From" side=${found.from} /><${Side} title="To" side=${found.to} /></div>
      ${found.notes.map((note) => html`<p key=${note} class="notice warn" role="note">${note}</p>`)}
      <${Filters} state=${state} found=${found} change=${change} />
      <div class="two-even"><${Totals} totals=${found.totals} /><${TypeTable} types=${found.byType} onPick=${(type) => change({ type })} /></div>
      ${!state.service && html`<${ServiceTree} found=${found.byService} asked=${asked} sides=${sides} />`}
      <section class="panel" aria-labelledby="all-title"><h2 id="all-title">All differences <span class="muted">${count(found.totals.all.total)}</span></h2>
        <${DifferenceList} asked=${asked} first=${current ? found.differences : null} total=${found.totals.all.total} sides=${sides} /></section></div>`}
  </article>`;
}

/** A link that shows the same later on: now becomes the commit it stood at. */
function pinned(state, found) {
  return compareLink({ ...state, ...ends(state, found) });
}

function ends(state, found) {
  return { from: found.from.baselineId ? state.from : String(found.from.seq), to: found.to.baselineId ? state.to : String(found.to.seq) };
}

function Side({ title, side }) {
  return html`<section class="panel side-card" aria-label=${`${title}: ${sideWords(side)}`}><h2><span class="muted">${title}</span> ${sideWords(side)}</h2>
    <dl class="pairs"><dt>Commit</dt><dd>${Number(side.seq) ? html`<a href=${commitLink(side.seq)}>${side.seq}</a>` : "before the first"}</dd>
      ${side.time && html`<dt>Time</dt><dd><time datetime=${side.time}>${moment(side.time)}</time></dd>`}
      <dt>Scope</dt><dd>${scopeWords(side.scope)}</dd>
      <dt>Chain hash</dt><dd><code class="hash">${side.hash}</code></dd>
      ${side.baselineId && html`<dt>Seal</dt><dd>${side.seal ? html`<code class="hash">${side.seal}</code>` : "not sealed yet"}</dd>`}</dl></section>`;
}

/** The scope of a baseline in words. */
export function scopeWords(scope) {
  if (!scope || scope.kind === "whole") return "everything";
  if (scope.kind === "type") return `items of type ${scope.types.map(plain).join(", ")}`;
  if (scope.kind === "items") return many(scope.items.length, "item");
  if (scope.kind === "query") return "what a saved query finds";
  return `${scope.kind} ${scope.service ?? scope.release ?? ""}`;
}

function Filters({ state, found, change }) {
  const services = found.byService.services.filter((one) => one.id);
  const set = (name) => (event) => change({ [name]: event.target.value });
  const known = (list, value) => (value && !list.includes(value) ? [value, ...list] : list);
  const types = known(found.byType.map((one) => one.type), state.type);
  return html`<div class="filters" role="group" aria-label="Filters">
    <label class="switch"><input type="checkbox" checked=${state.unauthorised} onChange=${(event) => change({ unauthorised: event.target.checked })} /> Only what no change authorised</label>
    <label>Service <select value=${state.service} onChange=${set("service")}><option value="">all</option>
      ${state.service && !services.some((one) => one.id === state.service) && html`<option value=${state.service}>the chosen one</option>`}
      ${services.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}</select></label>
    <label>Type <select value=${state.type} onChange=${set("type")}><option value="">all</option>${types.map((one) => html`<option key=${one} value=${one}>${plain(one)}</option>`)}</select></label>
    <label>Kind <select value=${state.kind} onChange=${set("kind")}><option value="">all</option>${Object.entries(KINDS).map(([kind, { word }]) => html`<option key=${kind} value=${kind}>${word}</option>`)}</select></label>
    ${(state.unauthorised || state.service || state.type || state.kind) && html`<button class="quiet" onClick=${() => change({ unauthorised: false, service: "", type: "", kind: "" })}>Show everything</button>`}</div>`;
}

const FORMATS = [["html", "Report to print and file, with digest"], ["xlsx", "Excel"], ["csv", "CSV"], ["ndjson", "NDJSON"]];

/** The whole comparison, with the filters that are set, between the very commits that are shown. */
function Exports({ state, found }) {
  const fixed = { ...state, ...ends(state, found) };
  return html`<${Menu} label="Export"><div class="exports">${FORMATS.map(([format, words]) => html`<a key=${format} class="button quiet" href=${exportLink(fixed, format)} download>${words}</a>`)}
    <button class="quiet" onClick=${() => print()}>Print this page</button></div><//>`;
}
