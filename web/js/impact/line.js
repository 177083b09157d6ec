// What one line of the picture stands for, and taking it away.
import { html, useEffect, useState } from "../ui.js";
import { said } from "../graphql.js";
import { Loading, Refused } from "../parts.js";
import { many, plain } from "../words.js";
import { lines } from "./cards.js";
import { Panel } from "./panel.js";
import { between } from "./relations.js";
import { asOf } from "./state.js";

/** `wire`: a line between two boxes; `on.without(relation)`, `on.open(key)`, `on.close()`; `focus`: as in `panel.js`. */
export function Line({ wire, state, on, focus }) {
  const { source, target } = wire;
  const single = source.itemId !== null && target.itemId !== null;
  const [found, setFound] = useState(null);
  useEffect(() => {
    setFound(null);
    if (!single) return undefined;
    const stop = new AbortController();
    between(source.itemId, target.itemId, asOf(state), stop.signal).then(
      (relations) => setFound({ relations }),
      (problem) => problem.name !== "AbortError" && setFound({ problem: said(problem) }),
    );
    return () => stop.abort();
  }, [wire.key]);
  const added = state.tie.filter((one) => [one.source, one.target].every((id) => [source.itemId, target.itemId].includes(id)));
  const cut = (one) => state.cut.some((other) => other.type === one.type && other.source === one.source && other.target === one.target);
  const relations = [...(found?.relations ?? []), ...added.map((one) => ({ ...one, label: plain(one.type), tried: true }))];
  const [from, to] = apart(source, target);
  const isCut = relations.some(cut);
  return html`<${Panel} id="line-title" of=${wire.key} name="line-panel" closes="Close the line" close=${on.close} focus=${focus}
    title=${wire.gone ? `${isCut ? "Taken away" : "No trouble any more"}: from ${from} to ${to}` : `Trouble travels from ${from} to ${to}`}>
    ${!single && html`<p>This line stands for ${many(wire.count, "relationship")} of folded items. Open the box to choose one.</p>
      <div class="actions">${[source, target].filter((one) => one.itemId === null).map((one) => html`<button class="quiet" onClick=${() => on.open(one.key)}>Open ${lines(one)[0]}</button>`)}</div>`}
    ${single && !found && html`<${Loading} what="the relationship" />`}
    ${found?.problem && html`<${Refused} problem=${found.problem} />`}
    ${found && !found.problem && !relations.length && html`<p>The two are joined by something that is not there now: perhaps it ended since.</p>`}
    ${relations.map((one) => html`<p key=${`${one.type}|${one.source}|${one.tried}`} class="row"><span>${to} <strong>${plain(one.label)}</strong> ${from}
      ${one.tried && html` <span class="small muted">(tried out)</span>`}</span>
      <button onClick=${() => on.without({ type: one.type, source: one.source, target: one.target })}>${cut(one) ? "Put back" : "Take away"}</button></p>`)}
    ${single && html`<p class="small muted">Taking it away writes nothing: it shows what would be different.</p>`}
  <//>`;
}

/** What two boxes are called; with their types, where the names alone are the same. */
function apart(source, target) {
  const names = [source, target].map((one) => lines(one)[0]);
  return names[0] === names[1] ? [source, target].map((one, index) => `${names[index]} (${plain(one.type)})`) : names;
}
