// One difference: what it is, under which change, and on demand its attributes side by side with the commits behind it.
import { html, useState } from "../ui.js";
import { Ago, commitLink, itemLink, TypeName } from "../parts.js";
import { many, shown, shownAs } from "../words.js";
import { Kind, State } from "./coverage.js";
import { fieldWords, subjectWords } from "./words.js";

/** `sides`: what the two columns are called. */
export function Difference({ one, sides }) {
  const [open, setOpen] = useState(false);
  const words = subjectWords(one);
  const detail = `difference-${one.subject}-${one.id}`;
  return html`<li class="difference">
    <button class="difference-head" aria-expanded=${open ? "true" : "false"} aria-controls=${detail} onClick=${() => setOpen(!open)}>
      <${Kind} kind=${one.kind} /><span class="difference-name"><strong>${words}</strong> ${one.subject === "relation" ? html`<span class="type">relationship</span>` : html`<${TypeName} type=${one.type} />`}</span>
      <span class="difference-change"><${State} state=${one.authorisation} />${one.changes.length > 0 && html` <span class="muted">${one.changes.join(", ")}</span>`}</span></button>
    <div id=${detail} hidden=${!open} class="difference-detail">${open && html`<${Detail} one=${one} sides=${sides} />`}</div></li>`;
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
      ${commit.change ? html` under change <strong>${commit.change}</strong>` : html` <strong class="worse">without a change</strong>`}</li>`)}</ul>
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
