// What of a link cannot be answered as it stands: it is said, and what can be done about it is offered.
import { html } from "../ui.js";
import { useAsk } from "../graphql.js";
import { commitLink, itemLink } from "../parts.js";
import { many } from "../words.js";
import { asOf } from "./state.js";

/** The link does not say of when it asks: the present in its place would be another answer, so nothing is asked. */
export function Damaged({ why, onNow }) {
  return html`<div class="notice bad" role="alert"><p><strong>This link cannot be reopened as it was.</strong> ${why}. Ask whoever gave it to you to copy it again, or ask as of now.</p>
    <p class="actions"><button onClick=${onNow}>Ask as of now</button></p></div>`;
}

/** `unread`: sentences of `parse`; `needs`: `[{ id, needed }]`; `names`: what ids are called. */
export function Unread({ state, names }) {
  return html`${state.unread.length > 0 && html`<div class="notice warn" role="status"><p><strong>Not everything in this link was understood.</strong> What was not is left out:</p>
      <ul>${state.unread.map((one) => html`<li key=${one}>${one}</li>`)}</ul></div>`}
    ${state.need.map((one) => html`<${TooMany} key=${one.id} need=${one} name=${names.get(one.id)} state=${state} />`)}`;
}

/** A group that is to need more members than it has is down whatever fails: that answers no question. */
function TooMany({ need, name, state }) {
  const found = useAsk("Needs", { id: need.id, asOf: asOf(state), first: 50 }).data?.item?.dependsOn;
  const members = (found?.nodes ?? []).filter((one) => one.type === "member_of").length;
  if (!found || !members || found.totalCount > found.nodes.length || need.needed <= members) return null;
  return html`<p class="notice warn" role="status"><strong>${name ?? "The group"}</strong> has ${many(members, "member")} and can never have ${need.needed}: as long as it needs so many it is down, whatever else fails.</p>`;
}

/** Items of the question that are not live: `gone` as `useNamed` gives it. `change(part)` alters the question; `leave(id)`: the change that leaves an item out. */
export function Missing({ gone, ids, names, code, change, leave }) {
  return ids.filter((id) => gone.has(id)).map((id) => html`<div key=${id} class="notice bad" role="alert">
    ${gone.get(id) === null ? html`<p><strong>There is no item <code>${id}</code>.</strong> No item has, or ever had, this id. <a href="#/">Find an item</a> by its name.</p>`
      : html`<p><strong>${names.get(id) ?? id}</strong> (<code>${id}</code>) was retired in <a href=${commitLink(gone.get(id))}>commit ${gone.get(id)}</a>: nothing live depends on it. <a href=${itemLink(id)}>What it was</a></p>`}
    ${code && html`<p class="small">Code <a href=${`/docs/errors/${code}`}><code>${code}</code></a></p>`}
    <p class="actions">${gone.get(id) > 1 && html`<button onClick=${() => change({ rev: gone.get(id) - 1, time: null, baseline: null })}>Ask as of commit ${gone.get(id) - 1}, before that</button>`}
      <button class="quiet" onClick=${() => change(leave(id))}>Leave it out</button></p></div>`);
}
