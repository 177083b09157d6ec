// The differences, page after page.
import { html, useEffect, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { Loading, Refused } from "../parts.js";
import { count } from "../words.js";
import { Difference } from "./difference.js";

/** Differences of one page. */
export const PIECE = 50;

/** Differences of a question, in pieces: `{ nodes, next, loading, problem, more() }`. `first`: a page that is at hand already. */
function usePages(asked, first) {
  const key = JSON.stringify(asked);
  const [state, setState] = useState({ nodes: [], next: null, loading: true, problem: null });
  const put = (found, before) => setState({ nodes: [...before, ...found.nodes], next: found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null, loading: false, problem: null });
  const load = (after, before, signal) => {
    setState((now) => ({ ...now, loading: true }));
    ask("CompareDifferences", { ...asked, first: PIECE, after }, signal).then(
      ({ compareBaselines }) => put(compareBaselines.differences, before),
      (problem) => problem.name !== "AbortError" && setState((now) => ({ ...now, loading: false, problem: said(problem) })),
    );
  };
  useEffect(() => {
    if (first) {
      put(first, []);
      return undefined;
    }
    const stop = new AbortController();
    load(null, [], stop.signal);
    return () => stop.abort();
  }, [key, first]);
  return { ...state, more: () => load(state.next, state.nodes) };
}

export function DifferenceList({ asked, first, total, sides, label = "Differences" }) {
  const found = usePages(asked, first);
  return html`
    ${found.problem && html`<${Refused} problem=${found.problem} />`}
    ${found.loading && !found.nodes.length && html`<${Loading} what="the differences" />`}
    ${!found.loading && !found.problem && !found.nodes.length && html`<p>Nothing here differs.</p>`}
    <ul class="differences-list" aria-label=${label} aria-busy=${found.loading ? "true" : "false"}>${found.nodes.map((one) => html`<${Difference} key=${`${one.subject}|${one.id}|${one.kind}`} one=${one} sides=${sides} />`)}</ul>
    ${found.next && html`<p class="pager"><button class="quiet" disabled=${found.loading} onClick=${found.more}>More</button>
      <span class="muted">${count(found.nodes.length)}${total ? ` of ${count(total)}` : ""}</span></p>`}`;
}
