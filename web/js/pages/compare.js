// Two sides compared: totals and coverage, the tree by service, and each difference with the change it was made under, or none.
// While another question is being answered the answer before it stays, dimmed, and cannot be taken along.
import { html, useEffect, useMemo, useRef } from "../ui.js";
import { useAsk } from "../graphql.js";
import { commitLink, CopyLink, Menu, Refused } from "../parts.js";
import { count, many, moment, plain } from "../words.js";
import { Totals } from "../compare/coverage.js";
import { CompareForm } from "../compare/form.js";
import { Groups } from "../compare/groups.js";
import { Start } from "../compare/start.js";
import { compareLink, exportLink, NO_SERVICE, parse, question } from "../compare/state.js";
import { ServiceTree, TypeTable } from "../compare/tree.js";
import { KINDS, sideWords } from "../compare/words.js";

const NO_FILTERS = { unauthorised: false, service: "", type: "", kind: "" };

function isFiltered(state) {
  return Boolean(state.unauthorised || state.service || state.type || state.kind);
}

export function ComparePage({ query }) {
  const state = useMemo(() => parse(query), [query]);
  const asked = question(state);
  const listed = useAsk("Baselines", { first: 100 }).data?.baselines.nodes;
  const { data, problem, current } = useAsk("CompareBaselines", asked && { ...asked, first: 50 });
  const found = asked ? data?.compareBaselines : null;
  const answered = useRef(null); // the question that what is shown answers
  if (found && current) answered.current = { state, asked };
  const shown = answered.current ?? { state, asked };
  const busy = asked !== null && !current;
  const change = (part) => { location.hash = compareLink({ ...state, ...part }); };
  const title = busy ? "Comparing …" : found ? `${sideWords(found.from)} compared with ${sideWords(found.to)}` : "Compare";
  useEffect(() => {
    document.title = `${title} · CMDB`;
  }, [title]);
  return html`<article class="compare">
    <header class="page-head"><h1>${title}</h1>${found && html`<div class="actions"><${TakeAlong} state=${shown.state} found=${found} busy=${busy} /></div>`}</header>
    <${CompareForm} state=${state} baselines=${(listed ?? []).filter((one) => one.state !== "WITHDRAWN")} go=${(part) => change({ ...part, service: "", type: "", kind: "" })} />
    ${state.unread.length > 0 && html`<div class="notice bad" role="alert"><p><strong>This link cannot be reopened as it was.</strong> ${state.unread.join(" ")} Fill in above what is to be compared.</p></div>`}
    ${problem && html`<${Refused} problem=${problem} />`}
    ${problem && isFiltered(state) && html`<p><button onClick=${() => change(NO_FILTERS)}>Compare without filters</button></p>`}
    ${busy && html`<p class="comparing" role="status"><span class="busy-mark" aria-hidden="true"></span> Comparing ${state.from} with ${state.to} …${found ? " Below is still the answer before it." : ""}</p>`}
    ${!asked && !state.unread.length && listed && html`<${Start} baselines=${listed} />`}
    ${found && !problem && html`<${Filters} state=${state} found=${found} change=${change} />
      <div class=${busy ? "stale" : ""} inert=${busy} aria-busy=${busy ? "true" : "false"}><${Answer} found=${found} asked=${shown.asked} state=${shown.state} change=${change} /></div>`}
  </article>`;
}

function Answer({ found, asked, state, change }) {
  const sides = [sideWords(found.from), sideWords(found.to)];
  return html`
    <div class="side-cards"><${Side} title="From" side=${found.from} /><${Side} title="To" side=${found.to} /></div>
    <p class="print-only">${filterWords(state, found)}</p>
    ${found.notes.map((note) => html`<p key=${note} class="notice warn" role="note">${note}</p>`)}
    <div class="two-even wide"><${Totals} totals=${found.totals} /><${TypeTable} types=${found.byType} onPick=${(type) => change({ type })} /></div>
    ${!state.service && html`<${ServiceTree} found=${found.byService} asked=${asked} sides=${sides} />`}
    <section class="panel" aria-labelledby="all-title"><h2 id="all-title">All differences <span class="muted">${count(found.totals.all.total)}</span></h2>
      <${Groups} asked=${asked} tally=${found.totals.all} first=${found.differences} sides=${sides} /></section>`;
}

/** The filters as words: paper has no controls that show them. */
function filterWords(state, found) {
  const service = state.service === NO_SERVICE ? "what supports no service" : found.byService.services.find((one) => one.id === state.service)?.name ?? state.service;
  const parts = [state.unauthorised && "what is unauthorised or partly so", state.service && `service ${service}`, state.type && `type ${plain(state.type)}`, state.kind && KINDS[state.kind]?.word.toLowerCase()].filter(Boolean);
  return parts.length ? `Filtered: only ${parts.join("; ")}.` : "Not filtered.";
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
  const services = found.byService.services.map((one) => ({ id: one.id ?? NO_SERVICE, name: one.id ? one.name : "none: supports no service" }));
  const set = (name) => (event) => change({ [name]: event.target.value });
  const known = (list, value) => (value && !list.includes(value) ? [value, ...list] : list);
  const types = known(found.byType.map((one) => one.type), state.type);
  return html`<div class="filters" role="group" aria-label="Filters">
    <label class="switch"><input type="checkbox" checked=${state.unauthorised} onChange=${(event) => change({ unauthorised: event.target.checked })} /> Only what is unauthorised or partly so</label>
    <label>Service <select value=${state.service} onChange=${set("service")}><option value="">all</option>
      ${state.service && !services.some((one) => one.id === state.service) && html`<option value=${state.service}>${state.service === NO_SERVICE ? "none: supports no service" : "the chosen one"}</option>`}
      ${services.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}</select></label>
    <label>Type <select value=${state.type} onChange=${set("type")}><option value="">all</option>${types.map((one) => html`<option key=${one} value=${one}>${plain(one)}</option>`)}</select></label>
    <label>Kind <select value=${state.kind} onChange=${set("kind")}><option value="">all</option>${Object.entries(KINDS).map(([kind, { word }]) => html`<option key=${kind} value=${kind}>${word}</option>`)}</select></label>
    ${isFiltered(state) && html`<button class="quiet" onClick=${() => change(NO_FILTERS)}>Show everything</button>`}</div>`;
}

const FORMATS = [["html", "Report to print and file, with digest"], ["xlsx", "Excel"], ["csv", "CSV"], ["ndjson", "NDJSON"]];

/** A link to it and the whole of it as a file, with the filters that are set, between the very commits that are shown; neither while it
 * answers another question than the one that is asked. */
function TakeAlong({ state, found, busy }) {
  if (busy) return html`<button class="quiet" disabled>Copy link</button><button class="quiet" disabled>Export <span aria-hidden="true">▾</span></button>`;
  const fixed = { ...state, ...ends(state, found) };
  return html`<${CopyLink} hash=${pinned(state, found)} words="Copy link" /><${Menu} label="Export"><div class="exports">${FORMATS.map(([format, words]) => html`<a key=${format} class="button quiet" href=${exportLink(fixed, format)} download>${words}</a>`)}
    <button class="quiet" onClick=${() => print()}>Print this page</button></div><//>`;
}
