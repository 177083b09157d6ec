// Where a comparison begins when nothing was asked yet: the latest baselines, each one click from its comparison.
import { html } from "../ui.js";
import { Ago } from "../parts.js";
import { compareLink } from "./state.js";

const SHOWN = 8;
const DAY = 86_400_000;

/** `baselines`: the newest first; withdrawn ones are no side of a comparison. */
export function Start({ baselines }) {
  const usable = baselines.filter((one) => one.state !== "WITHDRAWN");
  const [latest, before] = usable;
  const since = (days) => compareLink({ from: new Date(Date.now() - days * DAY).toISOString() });
  return html`<section class="panel" aria-labelledby="start-title"><h2 id="start-title">What may you want to know?</h2>
    <ul class="starts">
      ${latest && html`<li><a href=${compareLink({ from: latest.name })}>What changed since the latest baseline</a> <span class="muted">${latest.name}, <${Ago} time=${latest.time} /></span></li>`}
      ${before && html`<li><a href=${compareLink({ from: before.name, to: latest.name })}>What changed between the two latest baselines</a> <span class="muted">${before.name} and ${latest.name}</span></li>`}
      <li><a href=${since(1)}>What changed in the last 24 hours</a></li><li><a href=${since(7)}>What changed in the last seven days</a></li></ul>
    ${usable.length > 0 ? html`<h3>Since one of the latest baselines</h3><ul class="starts">${usable.slice(0, SHOWN).map((one) => html`<li key=${one.id}><a href=${compareLink({ from: one.name })}>${one.name} with now</a> <span class="muted">of <${Ago} time=${one.time} /></span></li>`)}</ul>`
      : html`<p>No baseline has been taken yet. <a href="#/baselines">Take one</a>, and whatever changes afterwards can be compared with it by its name.</p>`}
  </section>`;
}
