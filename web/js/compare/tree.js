// The tree by service: how much differs in each and how much of it is under a change; opened, the differences themselves.
import { html, useState } from "../ui.js";
import { count, plain } from "../words.js";
import { Bar } from "./coverage.js";
import { Groups } from "./groups.js";
import { NO_SERVICE } from "./state.js";
import { shareWords } from "./words.js";

export function ServiceTree({ found, asked, sides }) {
  const { services, complete } = found;
  return html`<section class="panel" aria-labelledby="tree-title"><h2 id="tree-title">By service</h2>
    <p class="small muted">An item that supports several services counts for each.${complete ? "" : " Not every item could be followed up to its services: the graph above it is too large."}</p>
    ${services.length === 0 && html`<p>Nothing differs.</p>`}
    <ul class="tree">${services.map((one) => html`<${Branch} key=${one.id ?? "none"} service=${one} asked=${asked} sides=${sides} />`)}</ul></section>`;
}

function Branch({ service, asked, sides }) {
  const [open, setOpen] = useState(false);
  const id = service.id ?? NO_SERVICE;
  const inside = `branch-${id}`;
  const name = service.id ? service.name : "Supports no service";
  const head = html`<span class="branch-name">${name}</span><span class="branch-count">${count(service.tally.total)}</span><${Bar} tally=${service.tally} slim /><span class="small muted branch-share">${shareWords(service.tally)}</span>`;
  return html`<li class="branch"><button class="branch-head" aria-expanded=${open ? "true" : "false"} aria-controls=${inside} onClick=${() => setOpen(!open)}>${head}</button>
    <div id=${inside} hidden=${!open} class="branch-inside">${open && html`<${Groups} asked=${{ ...asked, service: id }} tally=${service.tally} sides=${sides} label=${service.id ? `Differences of ${name}` : "Differences of what supports no service"} />`}</div></li>`;
}

/** The same counts by type, as a table. */
export function TypeTable({ types, onPick }) {
  return html`<section class="panel" aria-labelledby="types-title"><h2 id="types-title">By type</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Counts by type"><table class="numbers"><thead><tr><th scope="col">Type</th><th scope="col">Differences</th><th scope="col">Under a change</th><th scope="col">Partly</th><th scope="col">Unauthorised</th></tr></thead>
      <tbody>${types.map(({ type, tally }) => html`<tr key=${type}><th scope="row"><button class="bare" onClick=${() => onPick(type)} title="Show only these">${plain(type)}</button></th>
        <td>${count(tally.total)}</td><td>${count(tally.authorised)}</td><td>${count(tally.partly)}</td><td>${count(tally.none)}</td></tr>`)}</tbody></table></div></section>`;
}
