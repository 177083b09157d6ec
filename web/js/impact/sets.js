// Questions kept under a name, in this browser. To hand one on there is its link.
import { html, useState } from "../ui.js";
import { many } from "../words.js";
import { CopyLink, Menu } from "../parts.js";
import { asSet, parse } from "./state.js";

const PLACE = "cmdb.impact.sets";

/** `[{ name, query }]`, by name. */
export function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one?.name === "string" && typeof one?.query === "string") : [];
  } catch {
    return []; // no storage here, or not ours
  }
}

function keep(sets) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(sets));
    return true;
  } catch {
    return false;
  }
}

export function Sets({ state }) {
  const [sets, setSets] = useState(kept);
  const [name, setName] = useState("");
  const [said, setSaid] = useState("");
  const query = asSet(state);
  const put = (next, words) => {
    const done = keep(next);
    if (done) setSets(next);
    setSaid(done ? words : "This browser keeps nothing for this page. Copy the link instead.");
  };
  const save = (event) => {
    event.preventDefault();
    const title = name.trim();
    if (!title || !query) return;
    put([...sets.filter((one) => one.name !== title), { name: title, query }].sort((one, other) => one.name.localeCompare(other.name)), `Kept as “${title}”.`);
    setName("");
  };
  return html`<${Menu} label="Saved sets"><div class="sets">
    ${sets.length === 0 && html`<p class="small muted">No set is kept yet. Choose what fails, then keep it under a name.</p>`}
    <ul>${sets.map((one) => html`<li key=${one.name} class="row"><a href=${`#/impact?${one.query}`}>${one.name}</a> <span class="small muted">${about(one.query)}</span><span class="spread"></span>
      <${CopyLink} hash=${`#/impact?${one.query}`} label=${`Copy the link to ${one.name}`} words="Link" />
      <button class="quiet" aria-label=${`Forget ${one.name}`} onClick=${() => put(sets.filter((other) => other !== one), `“${one.name}” is forgotten.`)}>×</button></li>`)}</ul>
    ${query && html`<form class="row" onSubmit=${save}><label>Keep this one as <input value=${name} maxlength="80" required onInput=${(event) => setName(event.target.value)} /></label><button>Keep</button></form>`}
    <p class="small muted">Kept in this browser only; the link carries a set to others.</p>
    <p class="small" role="status">${said}</p></div><//>`;
}

/** How much a set holds. */
export function about(query) {
  const set = parse(query);
  const tried = set.lost.length + set.cut.length + set.tie.length + set.need.length;
  return `${many(set.roots.length, "item")}${tried ? `, ${many(tried, "change")} tried` : ""}`;
}
