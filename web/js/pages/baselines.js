// The baselines: which there are, of when, of what, in which state, and two of them compared.
import { html, useEffect, useMemo, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Ago, commitLink, Loading, Refused } from "../parts.js";
import { count, moment } from "../words.js";
import { baselineLink, BaselineState, may, scopeText, STATES } from "../baselines/parts.js";
import { TakeForm } from "../baselines/take.js";
import { compareLink } from "../compare/state.js";
import { useNames } from "../impact/names.js";

const NO_NAMES = new Map();

export function BaselinesPage() {
  const [filter, setFilter] = useState({ state: "", name: "" });
  const [pieces, setPieces] = useState([null]);
  const [picked, setPicked] = useState([]);
  const [taking, setTaking] = useState(false);
  const [round, setRound] = useState(0); // asks again after one was taken
  const asked = { state: filter.state ? [filter.state] : null, name: filter.name.trim(), first: 50, after: pieces.at(-1), round };
  const { data, problem, loading } = useAsk("Baselines", asked);
  const roles = useAsk("Me", {}).data?.me.roles;
  const nodes = data?.baselines.nodes ?? [];
  const names = useNames(useMemo(() => [...new Set(nodes.filter((one) => ["SERVICE", "RELEASE", "ITEMS"].includes(one.scope.kind)).flatMap((one) => one.scope.itemIds.slice(0, 3)))], [nodes]), NO_NAMES);
  useEffect(() => {
    document.title = "Baselines · CMDB";
  }, []);
  const set = (part) => { setPieces([null]); setFilter({ ...filter, ...part }); };
  const toggle = (one) => setPicked(picked.some((other) => other.id === one.id) ? picked.filter((other) => other.id !== one.id) : [...picked, one].slice(-2));
  const pair = [...picked].sort((one, other) => Number(one.seq) - Number(other.seq));
  return html`<article class="baselines">
    <header class="page-head"><h1>Baselines</h1><div class="actions">
      ${picked.length > 0 && html`<a class="button" href=${pair.length === 2 ? compareLink({ from: pair[0].name, to: pair[1].name }) : compareLink({ from: pair[0].name })}>
        ${pair.length === 2 ? `Compare ${pair[0].name} with ${pair[1].name}` : `Compare ${pair[0].name} with now`}</a>`}
      ${may(roles, "take") && !taking && html`<button class=${picked.length ? "quiet" : ""} onClick=${() => setTaking(true)}>Take a baseline</button>`}</div></header>
    ${taking && html`<${TakeForm} close=${() => setTaking(false)} done=${(made) => { setTaking(false); setRound(round + 1); location.hash = baselineLink(made.id); }} />`}
    <div class="filters" role="group" aria-label="Filters"><label>Name <input type="search" value=${filter.name} onInput=${(event) => set({ name: event.target.value })} /></label>
      <label>State <select value=${filter.state} onChange=${(event) => set({ state: event.target.value })}><option value="">all</option>${Object.entries(STATES).map(([key, { word }]) => html`<option key=${key} value=${key}>${word}</option>`)}</select></label>
      ${data && html`<span class="muted">${count(data.baselines.totalCount)} found</span>`}</div>
    ${problem && html`<${Refused} problem=${problem} />`}
    ${!data && loading && html`<${Loading} what="the baselines" />`}
    ${data && !nodes.length && html`<section class="panel"><p>${filter.name || filter.state ? "No baseline is like that." : html`No baseline has been taken yet. A baseline designates a moment that later ones are compared with${may(roles, "take") ? ": take the first one above." : "."} Any commit can be <a href="#/compare">compared</a> as well.`}</p></section>`}
    ${nodes.length > 0 && html`<section class="panel" aria-label="List of baselines"><p class="small muted">Mark one to compare it with now, or two to compare them. One that was withdrawn is no side of a comparison.</p>
      <div class="scroll" tabindex="0" role="group" aria-label="Baselines" aria-busy=${loading ? "true" : "false"}><table><thead><tr><th scope="col"><span class="unseen">Mark</span></th><th scope="col">Name</th><th scope="col">State</th><th scope="col">Scope</th><th scope="col">Commit</th><th scope="col">Of</th><th scope="col">Taken</th><th scope="col">Sealed</th><th scope="col">For</th></tr></thead>
      <tbody>${nodes.map((one) => html`<tr key=${one.id}><td>${one.state !== "WITHDRAWN" && html`<input type="checkbox" aria-label=${`Compare ${one.name}`} checked=${picked.some((other) => other.id === one.id)} onChange=${() => toggle(one)} />`}</td>
        <th scope="row" class="wraps"><a href=${baselineLink(one.id)}>${one.name}</a>${one.designation && html`<div class="small muted">${one.designation}</div>`}</th><td><${BaselineState} state=${one.state} /></td><td>${scopeText(one.scope, names)}</td>
        <td><a href=${commitLink(one.seq)}>${one.seq}</a></td><td class="age">${moment(one.time)}</td><td><${Ago} time=${one.takenAt} /> by ${one.takenBy}</td><td>${one.sealed ? "✓ yes" : "not yet"}</td><td class="value">${one.purpose}</td></tr>`)}</tbody></table></div>
      ${(pieces.length > 1 || data.baselines.pageInfo.hasNextPage) && html`<p class="print-only">Printed are ${count(nodes.length)} of ${count(data.baselines.totalCount)} baselines.</p><div class="pager"><button class="quiet" disabled=${pieces.length === 1} onClick=${() => setPieces(pieces.slice(0, -1))}>Newer</button>
        <button class="quiet" disabled=${!data.baselines.pageInfo.hasNextPage} onClick=${() => setPieces([...pieces, data.baselines.pageInfo.endCursor])}>Older</button></div>`}</section>`}
  </article>`;
}
