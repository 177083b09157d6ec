// Before anything is asked: what this page is for, the next step, and the questions that were kept.
import { html } from "../ui.js";
import { about, kept } from "./sets.js";

export function Start() {
  const sets = kept();
  return html`<section class="panel start" aria-labelledby="start-title"><h2 id="start-title">How to ask</h2>
    <p>Find what fails above: a database, a server, a whole site. For example, type <em>database</em> and choose one. The page then shows what it takes with it, step by step, how badly, and why.</p>
    <p>Add more items that fail at the same time, or try what would be different if a relationship were not there. Nothing is written.</p>
    ${sets.length > 0 && html`<h3>Saved sets</h3><ul>${sets.map((one) => html`<li key=${one.name}><a href=${`#/impact?${one.query}`}>${one.name}</a> <span class="small muted">${about(one.query)}</span></li>`)}</ul>`}
  </section>`;
}
