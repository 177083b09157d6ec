// What the tried-out changes make better or worse, item by item, against the same question without them.
import { html, useEffect, useMemo, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { Level, Loading, Refused, TypeName } from "../parts.js";
import { LEVELS, count, many } from "../words.js";

const PIECE = 1_000;
const MOST = 20_000; // items read of each answer; beyond, the counts have to do
const SHOWN = 12;

/** Every affected item of both answers: `{ rows, worse, better, cut, problem, loading }`; null where nothing is asked. */
export function useDifferences(tried, base) {
  const [state, setState] = useState(null);
  const key = tried === null ? null : JSON.stringify([tried, base]);
  useEffect(() => {
    if (key === null) {
      setState(null);
      return undefined;
    }
    const stop = new AbortController();
    setState((before) => (before ? { ...before, loading: true } : { loading: true, rows: [] }));
    Promise.all([everything(tried, stop.signal), base.roots.length ? everything(base, stop.signal) : { nodes: [], cut: false }]).then(
      ([now, before]) => setState({ ...differences(before.nodes, now.nodes), cut: now.cut || before.cut, loading: false }),
      (problem) => problem.name !== "AbortError" && setState({ rows: [], loading: false, problem: said(problem) }),
    );
    return () => stop.abort();
  }, [key]);
  return state;
}

async function everything(asked, signal) {
  const nodes = [];
  let after = null;
  for (;;) {
    const { impact } = await ask("AffectedItems", { ...asked, first: PIECE, after }, signal);
    nodes.push(...impact.affected.nodes);
    if (!impact.affected.pageInfo.hasNextPage) return { nodes, cut: false };
    if (nodes.length >= MOST) return { nodes, cut: true };
    after = impact.affected.pageInfo.endCursor;
  }
}

/** Items whose level differs, what gets worse first: `{ rows: [{ itemId, name, type, before, after }], worse, better }`. */
export function differences(before, after) {
  const was = new Map(before.map((one) => [one.itemId, one]));
  const is = new Map(after.map((one) => [one.itemId, one]));
  const rows = [];
  for (const id of new Set([...was.keys(), ...is.keys()])) {
    const [one, other] = [was.get(id), is.get(id)];
    const [from, to] = [one?.level ?? "OK", other?.level ?? "OK"];
    if (from !== to) rows.push({ itemId: id, name: (other ?? one).item?.name ?? "(retired)", type: (other ?? one).type, before: from, after: to, harm: LEVELS[to].rank - LEVELS[from].rank });
  }
  rows.sort((one, other) => other.harm - one.harm || LEVELS[other.after].rank - LEVELS[one.after].rank || one.name.localeCompare(other.name));
  return { rows, worse: rows.filter((one) => one.harm > 0).length, better: rows.filter((one) => one.harm < 0).length };
}

export function Differences({ found, onPick }) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => (all ? found.rows : found.rows.slice(0, SHOWN)), [found, all]);
  return html`<section class="panel differs" aria-labelledby="differs-title"><h2 id="differs-title">What trying it changes
      ${!found.loading && !found.problem && html` <span class="muted">${verdict(found)}</span>`}</h2>
    ${found.problem && html`<${Refused} problem=${found.problem} />`}
    ${found.loading && !found.rows.length && html`<${Loading} what="the differences" />`}
    ${found.cut && html`<p class="small">More than ${count(MOST)} items are affected: only those are compared here. The counts above compare all.</p>`}
    ${rows.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="What trying it changes" aria-busy=${found.loading ? "true" : "false"}><table>
      <thead><tr><th scope="col">Item</th><th scope="col">Type</th><th scope="col">As it is</th><th scope="col">Tried</th><th scope="col">So it is</th></tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row.itemId}><td>${row.after === "OK" ? row.name : html`<button class="bare" onClick=${() => onPick(row.itemId)} title="Show why">${row.name}</button>`}</td>
        <td><${TypeName} type=${row.type} /></td><td><${Level} level=${row.before} /></td><td><${Level} level=${row.after} /></td>
        <td class=${row.harm > 0 ? "worse" : "better"}>${row.harm > 0 ? "▲ worse" : "▼ better"}</td></tr>`)}</tbody></table></div>`}
    ${found.rows.length > rows.length && html`<button class="quiet" onClick=${() => setAll(true)}>Show all ${count(found.rows.length)}</button>`}
  </section>`;
}

/** `3 worse, 1 better`. */
export function verdict({ worse, better }) {
  if (!worse && !better) return "nothing: every item is hit as before";
  return [worse && `${many(worse, "item")} worse`, better && `${many(better, "item")} better`].filter(Boolean).join(", ");
}
