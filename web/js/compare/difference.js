// One difference: what it is, under which change, and on demand its attributes side by side with the commits behind it.
import { html, useState } from "../ui.js";
import { Ago, commitLink, itemLink, TypeName } from "../parts.js";
import { many, plain, shown, shownAs } from "../words.js";
import { Kind, State } from "./coverage.js";
import { fieldWords } from "./words.js";

/** `sides`: what the two columns are called. */
export function Difference({ one, sides }) {
  const [open, setOpen] = useState(false);
  const detail = `difference-${one.subject}-${one.id}`;
  return html`<li class="difference">
    <button class="difference-head" aria-expanded=${open ? "true" : "false"} aria-controls=${detail} onClick=${() => setOpen(!open)}>
      <${Kind} kind=${one.kind} /><span class="difference-name"><${Subject} one=${one} /> ${one.subject === "relation" ? html`<span class="type">relationship</span>` : html`<${TypeName} type=${one.type} />`}</span>
      <span class="difference-change"><${State} state=${one.authorisation} changes=${one.changes} /></span></button>
    <div id=${detail} hidden=${!open} class="difference-detail">${open && html`<${Detail} one=${one} sides=${sides} />`}</div></li>`;
}

/** What it is called, with what tells it apart from others of its name; a relationship as a sentence. */
function Subject({ one }) {
  const told = (name, identity) => html`<strong>${name}</strong>${identity && html` <span class="identity">${identity}</span>`}`;
  if (one.subject !== "relation") return told(one.name, one.identity);
  return html`${told(one.source?.name ?? "?", one.source?.identity)} <strong>${plain(one.type)}</strong> ${told(one.target?.name ?? "?", one.target?.identity)}`;
}

function Detail({ one, sides }) {
  return html`
    ${one.kind === "entered" || one.kind === "left" ? html`<p>It is as it was; it ${one.kind === "entered" ? "belongs to the scope now" : "does not belong to the scope any more"}.</p>` : ""}
    ${one.formerId && html`<p>It was another item before: <a href=${itemLink(one.formerId)}>the former item</a>. An identifier says that it is the same thing.</p>`}
    ${one.attributes.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="Attributes side by side"><table class="sides">
      <thead><tr><th scope="col">Attribute</th><th scope="col">${sides[0]}</th><th scope="col">${sides[1]}</th></tr></thead>
      <tbody>${one.attributes.map((field) => html`<tr key=${field.name}><th scope="row">${fieldWords(field.name)}</th>
        <td>${value(field, "before")}</td><td>${value(field, "after")}${parts(field)}</td></tr>`)}</tbody></table></div>`}
    <h3>${one.commits.length ? many(one.commits.length, "commit") : "No commit"} behind it</h3>
    <ul class="commits">${one.commits.map((commit) => html`<li key=${commit.seq}><a href=${commitLink(commit.seq)}>Commit ${commit.seq}</a>, <${Ago} time=${commit.time} /> by <strong>${commit.actor}</strong> through ${commit.source}${commit.reason && html`: “${commit.reason}”`},
      ${commit.change ? html` under change <strong>${commit.change}</strong>` : html` <strong class="worse">unauthorised: it names no change</strong>`}</li>`)}</ul>
    <p class="small">${one.subject === "item" ? html`<a href=${itemLink(one.id)}>Open the item</a>` : html`${[one.source, one.target].filter(Boolean).map((end, index) => html`${index > 0 && " · "}<a href=${itemLink(end.id)}>Open ${end.name}</a>`)}`}</p>`;
}

function value(field, side) {
  if (field[side] === null || field[side] === undefined) return html`<span class="muted">not set</span>`;
  const text = shownAs(field.name, field[side]);
  if (field.kind !== "changed") return text;
  return side === "before" ? html`<del>${text}</del>` : html`<ins>${text}</ins>`;
}

function parts(field) {
  const list = (values, sign) => (values?.length ? html`<div class="small">${sign} ${values.map(shown).join(", ")}</div>` : "");
  return html`${list(field.added, "+")}${list(field.removed, "−")}`;
}
