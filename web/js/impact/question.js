// What is asked: the roots with the level each is put to, and what is tried out.
import { html } from "../ui.js";
import { Search } from "../search.js";
import { BAD_LEVELS, LEVELS, plain } from "../words.js";

/** `names`: what ids are called, as far as is known; `change(part)` alters the question. */
export function Question({ state, names, change }) {
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
      ${state.lost.map((id) => html`<${Tried} key=${id} undo=${() => change({ lost: state.lost.filter((one) => one !== id) })} words=${`${name(id)} is lost too`} />`)}
      ${state.cut.map((one) => html`<${Tried} key=${JSON.stringify(one)} undo=${() => change({ cut: state.cut.filter((other) => other !== one) })}
        words=${`without: ${name(one.source)} ${plain(one.type)} ${name(one.target)}`} />`)}
      ${state.tie.map((one) => html`<${Tried} key=${JSON.stringify(one)} undo=${() => change({ tie: state.tie.filter((other) => other !== one) })}
        words=${`with: ${name(one.source)} ${plain(one.type)} ${name(one.target)}`} />`)}</ul>
    <${Search} id="root" label=${state.roots.length ? "And if this fails as well" : "What fails?"} placeholder="Find an item …" onPick=${add} large=${!state.roots.length} autofocus=${!state.roots.length} />
  </section>`;
}

function Tried({ words, undo }) {
  return html`<li class="chip tried"><span><span class="small muted">what if</span> ${words}</span><button class="quiet" aria-label=${`Undo: ${words}`} onClick=${undo}>×</button></li>`;
}
