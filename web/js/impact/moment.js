// Of when the question is asked: now, after a commit, at a time, at a baseline.
import { html, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Menu } from "../parts.js";
import { moment, plain } from "../words.js";
import { isPast } from "./state.js";

/** The commit an answer stands at: `{ seq, time, actor, reason }`; null until it is known. */
export function useCommit(seq) {
  const { data, current } = useAsk("Commits", seq ? { after: String(seq - 1), first: 1 } : null);
  const found = current ? data?.commits.nodes[0] : null;
  return found && Number(found.seq) === seq ? found : null;
}

/** Says so when the past is shown, with the way back to now. */
export function PastNotice({ state, revision, onNow }) {
  const commit = useCommit(isPast(state) ? Number(revision) : null);
  if (!isPast(state)) return null;
  return html`<div class="notice past" role="status"><p><strong>As of commit ${revision}</strong>${commit && html` (<time datetime=${commit.time}>${moment(commit.time)}</time>)`}.
    The CMDB may have moved on; this is how it stood then.</p><button onClick=${onNow}>Go to now</button></div>`;
}

/** Chooses another moment. `change({ rev } | { time } | { baseline })`. */
export function MomentMenu({ state, change }) {
  const [kind, setKind] = useState(state.time ? "time" : "rev");
  const [value, setValue] = useState("");
  const go = (event) => {
    event.preventDefault();
    if (!value) return;
    const none = { rev: null, time: null, baseline: null };
    if (kind === "rev") change({ ...none, rev: Math.max(1, Math.floor(Number(value))) });
    else change({ ...none, [kind]: kind === "time" ? new Date(value).toISOString() : value.trim() });
  };
  const baselines = useAsk("Baselines", kind === "baseline" ? { first: 100 } : null).data?.baselines.nodes ?? [];
  const field = { rev: { type: "number", min: "1", step: "1" }, time: { type: "datetime-local" }, baseline: { type: "text", list: "baselines-known", autocomplete: "off" } }[kind];
  return html`<${Menu} label=${isPast(state) ? "As of then" : "As of now"}><form class="moment" onSubmit=${go}>
    <label>Ask as of a <select value=${kind} onChange=${(event) => { setKind(event.target.value); setValue(""); }}><option value="rev">commit</option><option value="time">time</option><option value="baseline">baseline</option></select></label>
    <input ...${field} aria-label=${{ rev: "Number of the commit", time: "Time", baseline: "Name or id of the baseline" }[kind]} required value=${value} onInput=${(event) => setValue(event.target.value)} />
    ${kind === "baseline" && html`<datalist id="baselines-known">${baselines.map((one) => html`<option key=${one.id} value=${one.name}>${plain(one.state).toLowerCase()}, ${moment(one.time)}</option>`)}</datalist>`}
    <button>Show</button></form><//>`;
}
