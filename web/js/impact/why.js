// Why one item is hit: a shortest explaining path, with what failed and what is left of each redundancy group on it.
import { html, useState } from "../ui.js";
import { itemLink, Level, Loading, Refused, TypeName } from "../parts.js";
import { useAsk } from "../graphql.js";
import { LEVELS, groupSaid, plain } from "../words.js";
import { Panel } from "./panel.js";
import { ends } from "./relations.js";
import { asOf } from "./state.js";

/** `why`: the answer of ImpactWhy; `on`: what may be tried out; `called`: the name of the item, where it is known; `focus`: as in `panel.js`. */
export function Why({ why, state, on, called, focus }) {
  const close = () => on.pick(null);
  if (why.problem) return html`<${Refused} problem=${why.problem} />`;
  const hit = why.data?.impact.item;
  if (!hit && !why.current) return html`<${Loading} what="the reason" />`;
  if (!hit) return html`<${Panel} id="why-title" of=${state.why} name="why" title="Why" closes="Close the reason" close=${close} focus=${focus}><p>${called ?? "This item"} is not affected.</p><//>`;
  const name = hit.item?.name ?? "A retired item";
  return html`<${Panel} id="why-title" of=${hit.itemId} name="why" closes="Close the reason" close=${close} focus=${focus}
      title=${hit.root ? name : `Why is ${name} ${LEVELS[hit.level].word.toLowerCase()}?`}>
    <p><${Level} level=${hit.level} /> <${TypeName} type=${hit.type} /> ${hit.item?.owner && html`<span class="muted small">· ${hit.item.owner}</span>`}</p>
    <ol class="steps">${hit.why.map((step, index) => html`<${Step} key=${step.affected.itemId} step=${step} before=${hit.why[index - 1]} on=${on} />`)}</ol>
    <div class="actions">
      <a class="button quiet" href=${itemLink(hit.itemId)}>Open the item</a>
      ${!state.lost.includes(hit.itemId) && !hit.root && html`<button class="quiet" onClick=${() => on.lose(hit.itemId)}>Try: lose it too</button>`}
    </div>
    <${TryOut} key=${hit.itemId} item=${{ id: hit.itemId, name, type: hit.type }} state=${state} on=${on} />
  <//>`;
}

/** What the item of a step is called. */
export function nameOf(step) {
  return step.affected.item?.name ?? "a retired item";
}

function Step({ step, before, on }) {
  const { group } = step;
  return html`<li><${Level} level=${step.affected.level} word=${false} /><div>
    <strong>${nameOf(step)}</strong> <${TypeName} type=${step.affected.type} />
    <p class="small">${before ? because(step, before) : step.affected.root ? "is put to this level by the question." : "is where it starts."}</p>
    ${group && before && html`<p class="small group">${groupSaid(group)}${group.failed.length > 0 && html` Not well: ${group.failed.map((one, index) =>
      html`${index > 0 && ", "}<a href=${itemLink(one.itemId)}>${one.item?.name ?? "a retired item"}</a> (${LEVELS[one.level].word.toLowerCase()})`)}${group.failedTotal > group.failed.length && ` and ${group.failedTotal - group.failed.length} more`}.`}</p><${Needed} id=${step.affected.itemId} name=${nameOf(step)} group=${group} on=${on} />`}
  </div></li>`;
}

/** Why a step is hit, by the step before it. */
export function because(step, before) {
  const from = `${nameOf(before)}, which is ${LEVELS[before.affected.level].word.toLowerCase()}`;
  const how = step.freshness === "stale" ? " (not confirmed lately)" : step.freshness === "by_hand" ? " (entered by hand)" : "";
  if (step.need === "member") return `counts ${from}, among its members${how}.`;
  if (step.relationType === "part_of") return step.need === "soft" ? `has the lesser part ${from}${how}.` : `has the part ${from}${how}.`;
  if (step.need === "soft") return `can do without ${from}, for a while${how} (${plain(step.relationType)}).`;
  return `needs ${from}${how} (${plain(step.relationType)}).`;
}

/** How many members a group needs, to try another number. */
function Needed({ id, name, group, on }) {
  const most = Math.max(group.members, group.needed);
  return html`<p class="small"><label>Try: it needs <select aria-label=${`How many members ${name} needs`} value=${group.needed} onChange=${(event) => on.need(id, Number(event.target.value))}>
    ${Array.from({ length: Math.min(most, 50) }, (_, index) => html`<option key=${index} value=${index + 1}>${index + 1}</option>`)}</select> of ${group.members}</label></p>`;
}

/** Relationships that can be taken away or added, without writing anything. */
function TryOut({ item, state, on }) {
  const [open, setOpen] = useState(false);
  const needs = useAsk("Needs", open ? { id: item.id, asOf: asOf(state), first: 50 } : null).data?.item?.dependsOn;
  const isCut = (one) => state.cut.some((cut) => JSON.stringify(cut) === JSON.stringify(ends(one, item.id)));
  return html`<details class="try" open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}><summary>Try it with other relationships</summary>
    ${(needs?.nodes ?? []).filter((one) => one.item).map((one) => html`<p key=${one.id} class="row"><span><span class="muted">${plain(one.label)}</span> ${one.item.name}</span>
      <button class="quiet" onClick=${() => on.cut(ends(one, item.id))} aria-label=${`${isCut(one) ? "Put back" : "Take away"}: ${plain(one.label)} ${one.item.name}`}>${isCut(one) ? "Put back" : "Take away"}</button></p>`)}
    ${needs && needs.totalCount > needs.nodes.length && html`<p class="small muted">The first ${needs.nodes.length} of ${needs.totalCount}. Click a line of the picture to take any other away.</p>`}
    ${open && html`<button class="quiet" onClick=${() => on.connect(item)}>Add a relationship …</button>`}
  </details>`;
}
