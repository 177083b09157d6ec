// What is asked: the roots with the level each is put to, and what is tried out.
import { html } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Search } from "../search.js";
import { BAD_LEVELS, LEVELS, many } from "../words.js";
import { asOf } from "./state.js";
import { triedWords } from "./tried.js";

/** `names`: what ids are called, as far as is known; `groups`: roots that are redundancy groups; `change(part)` alters the question. */
export function Question({ state, names, groups, change }) {
  const name = (id) => names.get(id) ?? "…";
  const add = (item) => {
    if (!state.roots.some((root) => root.id === item.id)) change({ roots: [...state.roots, { id: item.id, level: "DOWN" }] });
  };
  return html`<section class="question" aria-label="What fails">
    <ul class="roots">${state.roots.map((root) => html`<li key=${root.id} class="chip"><span>If <strong>${name(root.id)}</strong> is</span>
      <select aria-label=${`Level of ${name(root.id)}`} value=${root.level} onChange=${(event) =>
        change({ roots: state.roots.map((one) => (one.id === root.id ? { ...one, level: event.target.value } : one)) })}>
        ${BAD_LEVELS.map((level) => html`<option key=${level} value=${level}>${LEVELS[level].word.toLowerCase()}</option>`)}</select>
      <button class="quiet" aria-label=${`Leave out ${name(root.id)}`} onClick=${() => change({ roots: state.roots.filter((one) => one.id !== root.id) })}>×</button></li>`)}
      ${triedWords(state, name).map((one) => html`<${Tried} key=${one.words} undo=${() => change(one.undo)} words=${one.words} />`)}</ul>
    <${Search} key=${state.roots.length ? "more" : "first"} id="root" label=${state.roots.length ? "And if this fails as well" : "What fails?"} placeholder="Find an item …" onPick=${add} large=${!state.roots.length} autofocus=${!state.roots.length} />
    ${groups.map((group) => html`<${GroupHint} key=${group.id} group=${group} state=${state} change=${change} />`)}
  </section>`;
}

function Tried({ words, undo }) {
  return html`<li class="chip tried"><span><span class="small muted">what if</span> ${words}</span><button class="quiet" aria-label=${`Undo: ${words}`} onClick=${undo}>×</button></li>`;
}

/** Whoever puts a group to a level skips the question the group answers: how many members may fail. */
function GroupHint({ group, state, change }) {
  const { data } = useAsk("Needs", { id: group.id, asOf: asOf(state) });
  const members = (data?.item?.dependsOn.nodes ?? []).filter((one) => one.type === "member_of" && one.item).map((one) => one.item);
  const instead = (ids) => change({ roots: [...state.roots.filter((root) => root.id !== group.id && !ids.includes(root.id)), ...ids.map((id) => ({ id, level: "DOWN" }))] });
  return html`<div class="notice hint"><p><strong>${group.name}</strong> is a redundancy group: this asks what happens when all of it is hit at once.
      ${members.length > 0 && ` It has ${many(members.length, "member")}; to see what it can take, let members fail instead.`}</p>
    ${members.length > 0 && html`<div class="actions">${members.slice(0, 6).map((one) => html`<button key=${one.id} class="quiet" onClick=${() => instead([one.id])}>Only ${one.name} fails</button>`)}
      ${members.length > 1 && members.length <= 6 && html`<button class="quiet" onClick=${() => instead(members.map((one) => one.id))}>All ${members.length} fail</button>`}</div>`}</div>`;
}
