// What a run found, worst first, with who does what about it until when.
import { html, useEffect, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { itemLink, Loading, Refused, TypeName } from "../parts.js";
import { count } from "../words.js";
import { Severity } from "./scores.js";
import { SEVERITIES, stateWords } from "./words.js";

const PIECE = 50;

export function Findings({ run, checks }) {
  const [filter, setFilter] = useState({ check: "", severity: "" });
  const [state, setState] = useState({ nodes: [], next: null, total: null, loading: true, problem: null });
  const load = (after, before, signal) => {
    setState((now) => ({ ...now, loading: true }));
    ask("AuditRun", { id: run, check: filter.check || null, severity: filter.severity || null, first: PIECE, after }, signal).then(
      ({ auditRun }) => {
        const { nodes, pageInfo, totalCount } = auditRun.findings;
        setState({ nodes: [...before, ...nodes], next: pageInfo.hasNextPage ? pageInfo.endCursor : null, total: totalCount, loading: false, problem: null });
      },
      (problem) => problem.name !== "AbortError" && setState((now) => ({ ...now, loading: false, problem: said(problem) })),
    );
  };
  useEffect(() => {
    const stop = new AbortController();
    load(null, [], stop.signal);
    return () => stop.abort();
  }, [run, filter]);
  const set = (name) => (event) => setFilter({ ...filter, [name]: event.target.value });
  return html`<section class="panel" aria-labelledby="findings-title"><div class="tools"><h2 id="findings-title">Findings ${state.total !== null && html`<span class="muted">${count(state.total)}</span>`}</h2><span class="spread"></span>
      <label>Check <select value=${filter.check} onChange=${set("check")}><option value="">all</option>${checks.filter((one) => one.failed).map((one) => html`<option key=${one.check} value=${one.check}>${one.title} (${count(one.failed)})</option>`)}</select></label>
      <label>Severity <select value=${filter.severity} onChange=${set("severity")}><option value="">all</option>${Object.entries(SEVERITIES).map(([key, { word }]) => html`<option key=${key} value=${key}>${word}</option>`)}</select></label></div>
    ${state.problem && html`<${Refused} problem=${state.problem} />`}
    ${state.loading && !state.nodes.length && html`<${Loading} what="the findings" />`}
    ${!state.loading && !state.problem && !state.nodes.length && html`<p>Nothing was found wrong here.</p>`}
    ${state.nodes.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="Findings" aria-busy=${state.loading ? "true" : "false"}><table class="findings"><thead><tr><th scope="col">Severity</th><th scope="col">Item</th><th scope="col">What is wrong</th><th scope="col">Owner</th><th scope="col">Action</th><th scope="col">Due</th><th scope="col">State</th></tr></thead>
      <tbody>${state.nodes.map((one, index) => html`<tr key=${index}><td><${Severity} severity=${one.severity} /></td>
        <td>${one.itemId ? html`<a href=${itemLink(one.itemId)}>${one.itemName || one.itemId}</a>` : one.itemName || "the whole CMDB"} ${one.itemType && html`<${TypeName} type=${one.itemType} />`}</td>
        <td>${one.what}</td><td>${one.deficiency?.owner || one.owner || html`<span class="worse">nobody</span>`}</td><td>${one.deficiency?.action ?? ""}</td>
        <td class="age">${one.deficiency?.due ?? ""}${one.deficiency?.overdue && html` <strong class="worse">! overdue</strong>`}</td><td>${one.deficiency ? stateWords(one.deficiency.state) : html`<span class="muted">counted, not filed</span>`}</td></tr>`)}</tbody></table></div>`}
    ${state.next && html`<p class="pager"><button class="quiet" disabled=${state.loading} onClick=${() => load(state.next, state.nodes)}>More</button><span class="muted">${count(state.nodes.length)} of ${count(state.total)}</span></p>`}
  </section>`;
}
