// What one line of the picture stands for, and taking it away.
import { html, useEffect, useState } from "../ui.js";
import { said } from "../graphql.js";
import { Loading, Refused } from "../parts.js";
import { many, plain } from "../words.js";
import { lines } from "./cards.js";
import { between } from "./relations.js";
import { asOf } from "./state.js";

/** `wire`: a line between two boxes; `on.without(relation)`, `on.open(key)`, `on.close()`. */
export function Line({ wire, state, on }) {
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
  return html`<section class="panel line-panel" aria-labelledby="line-title">
    <div class="panel-head"><h2 id="line-title">Trouble travels from ${lines(source)[0]} to ${lines(target)[0]}</h2>
      <button class="quiet" onClick=${on.close} aria-label="Close the line">×</button></div>
    ${!single && html`<p>This line stands for ${many(wire.count, "relationship")} of folded items. Open the box to choose one.</p>
      <div class="actions">${[source, target].filter((one) => one.itemId === null).map((one) => html`<button class="quiet" onClick=${() => on.open(one.key)}>Open ${lines(one)[0]}</button>`)}</div>`}
    ${single && !found && html`<${Loading} what="the relationship" />`}
    ${found?.problem && html`<${Refused} problem=${found.problem} />`}
    ${found && !found.problem && !relations.length && html`<p>The two are joined by something that is not there now: perhaps it ended since.</p>`}
    ${relations.map((one) => html`<p key=${`${one.type}|${one.source}|${one.tried}`} class="row"><span>${target.name} <strong>${plain(one.label)}</strong> ${source.name}
      ${one.tried && html` <span class="small muted">(tried out)</span>`}</span>
      <button onClick=${() => on.without({ type: one.type, source: one.source, target: one.target })}>${cut(one) ? "Put back" : "Take away"}</button></p>`)}
    ${single && html`<p class="small muted">Taking it away writes nothing: it shows what would be different.</p>`}
  </section>`;
}
