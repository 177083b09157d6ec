// What it comes to: counts by level, services worst first with why, customers.
import { html } from "../ui.js";
import { Ago, Level, commitLink } from "../parts.js";
import { BAD_LEVELS, LEVELS, count, groupSaid, many, plain } from "../words.js";
import { told } from "./names.js";

const LISTED = 200; // the server lists so many at most
const FIELD = { DOWN: "down", DEGRADED: "degraded", AT_RISK: "atRisk" };

/** `base`: the same question without what is tried out, to compare with; `commit`: the one the answer stands at; `named`: how many items
 * the question itself names: they are not counted; `moved`: how many of those that are tried as lost were affected before, by level, null while that is not
 * known; `then`: it is asked of the past. */
export function Counts({ impact, base, moved, names, commit, named, then }) {
  const than = then ? "then" : "now";
  return html`<div class="counts">
    ${BAD_LEVELS.map((level) => html`<div key=${level} class=${`count count-${level}`}><${Level} level=${level} />
      <strong>${count(impact[FIELD[level]])}</strong>${base && moved && html`<span class="small muted">${difference(impact[FIELD[level]] - base[FIELD[level]], moved[level], than)}</span>`}</div>`)}
    <div class="count"><span>Affected${named > 0 && html` <span class="small muted">besides ${many(named, "item")} in the question</span>`}</span><strong>${count(impact.total)}</strong>${base && moved && html`<span class="small muted">${difference(impact.total - base.total, moved.total, than)}</span>`}</div>
    <p class="small muted facts">As of commit <a href=${commitLink(impact.revision)}>${impact.revision}</a>${commit && html`, <${Ago} time=${commit.time} />`}. ${impact.complete ? "Complete: everything was followed." : html`<strong>Not complete: ${told(impact.reason, names)}</strong>`}
      ${freshness(impact.freshness)}</p>
  </div>`;
}

/** An item that is lost as well is in the question, and counted no more: that makes nothing better, so it is told apart. */
function difference(number, moved, than) {
  const real = number + moved;
  const words = real === 0 ? `as ${than}` : `${count(Math.abs(real))} ${real > 0 ? "more" : "fewer"} than ${than}`;
  return moved ? `${words}; ${count(moved)} moved into the question` : words;
}

function freshness(parts) {
  const words = { confirmed: "that a source confirmed recently", stale: "that no source confirmed recently", by_hand: "entered by hand", unknown: "of unknown age" };
  const said = parts.filter((one) => one.count).map((one) => `${count(one.count)} ${words[one.freshness] ?? plain(one.freshness)}`);
  return said.length ? ` Found along relationships: ${said.join(", ")}.` : "";
}

export function Services({ impact, picked, names, onPick }) {
  const { services, customers } = impact;
  return html`<section class="panel" aria-labelledby="services-hit"><h2 id="services-hit">Services, worst first</h2>
    ${services.length === 0 && html`<p>No service is affected.</p>`}
    ${services.length >= LISTED && html`<p class="small muted">The ${count(LISTED)} worst; the table has them all.</p>`}
    <ul class="hits tall">${services.map((one) => html`<li key=${one.itemId}><button class="hit" aria-pressed=${picked === one.itemId ? "true" : "false"} onClick=${() => onPick(one.itemId)}>
      <${Level} level=${one.level} word=${false} /><span class="hit-words"><strong>${one.item?.name ?? "A retired service"}</strong>
        <span class="small">${LEVELS[one.level].word}: ${reason(one, names)}</span></span><span class="go" aria-hidden="true">why?</span></button></li>`)}</ul>
    ${customers.length > 0 && html`<h3>${many(customers.length, "customer")}</h3><ul class="hits">${customers.map((one) => html`<li key=${one.itemId}>
      <button class="hit slim" aria-pressed=${picked === one.itemId ? "true" : "false"} onClick=${() => onPick(one.itemId)}><${Level} level=${one.level} word=${false} />
        <span>${one.item?.name ?? "A retired customer"}</span></button></li>`)}</ul>`}
  </section>`;
}

/** Whether the question itself put the group to its level: then its members explain nothing. */
function isPut(step, service) {
  return step.affected.itemId === service.why[0]?.affected.itemId;
}

/** One line: the redundancy group that made the difference, else how far the trouble came. */
export function reason(service, names) {
  if (service.root) return "named in the question";
  const group = [...service.why].reverse().find((step) => step.group && !isPut(step, service));
  if (group) return `${names.get(group.affected.itemId) ?? "redundancy"}: ${groupSaid(group.group).split(":")[0]}`;
  const first = names.get(service.why[0]?.affected.itemId) ?? "it";
  return `${many(service.why.length - 1, "step")} from ${first}`;
}
