// What the tried-out changes make better or worse, item by item, against the same question without them.
import { html, useMemo, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Level, Loading, Refused, TypeName } from "../parts.js";
import { LEVELS, count, many } from "../words.js";

const AT_HAND = 1_000;
const SHOWN = 12;

/** `{ rows, total, worse, better, base, loading, problem }`: `base` is the answer without what is tried out; null where nothing is tried. */
export function useDifferences(asked) {
  const { data, problem, loading, current } = useAsk("CompareWhatIf", asked?.whatIf ? { change: asked.whatIf, roots: asked.roots, asOf: asked.asOf, first: AT_HAND } : null);
  return useMemo(() => {
    if (!asked?.whatIf) return null;
    if (problem || !data) return { rows: [], total: 0, worse: 0, better: 0, base: null, loading, problem };
    const { changed, worse, better, before } = data.whatIf;
    return { rows: changed.nodes.map(row), total: changed.totalCount, worse, better, base: current ? before : null, loading, problem: null };
  }, [data, problem, loading, current]);
}

function row({ itemId, type, before, after, item }) {
  return { itemId, type, before, after, name: item?.name ?? "(retired)", harm: LEVELS[after].rank - LEVELS[before].rank };
}

export function Differences({ found, onPick }) {
  const [all, setAll] = useState(false);
  const rows = all ? found.rows : found.rows.slice(0, SHOWN);
  return html`<section class="panel differs" aria-labelledby="differs-title"><h2 id="differs-title">What trying it changes
      ${!found.loading && !found.problem && html` <span class="muted">${verdict(found)}</span>`}</h2>
    ${found.problem && html`<${Refused} problem=${found.problem} />`}
    ${found.loading && !found.rows.length && html`<${Loading} what="the differences" />`}
    ${rows.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="What trying it changes" aria-busy=${found.loading ? "true" : "false"}><table>
      <thead><tr><th scope="col">Item</th><th scope="col">Type</th><th scope="col">As it is</th><th scope="col">Tried</th><th scope="col">So it is</th></tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row.itemId}><td>${row.after === "OK" ? row.name : html`<button class="bare" onClick=${() => onPick(row.itemId)} title="Show why">${row.name}</button>`}</td>
        <td><${TypeName} type=${row.type} /></td><td><${Level} level=${row.before} /></td><td><${Level} level=${row.after} /></td>
        <td class=${row.harm > 0 ? "worse" : "better"}>${row.harm > 0 ? "▲ worse" : "▼ better"}</td></tr>`)}</tbody></table></div>`}
    ${found.rows.length > rows.length && html`<button class="quiet" onClick=${() => setAll(true)}>Show ${count(found.rows.length)}</button>`}
    ${all && found.total > found.rows.length && html`<p class="small muted">The first ${count(found.rows.length)} of ${count(found.total)}.</p>`}
  </section>`;
}

/** `3 items worse, 1 item better`. */
export function verdict({ worse, better }) {
  if (!worse && !better) return "nothing: every item is hit as before";
  return [worse && `${many(worse, "item")} worse`, better && `${many(better, "item")} better`].filter(Boolean).join(", ");
}
