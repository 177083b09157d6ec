// Differences by kind, what was altered before what came and went. A kind opens to its differences; few are all open.
import { html, useEffect, useMemo, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Loading, Refused } from "../parts.js";
import { count } from "../words.js";
import { Kind } from "./coverage.js";
import { DifferenceList, PIECE } from "./list.js";
import { KINDS, subjectWords } from "./words.js";

/** `tally`: the counts of what `asked` finds; `first`: its first page, where it is at hand. */
export function Groups({ asked, tally, first = null, sides, label = "Differences" }) {
  const few = tally.total <= PIECE;
  const found = useAsk("CompareDifferences", few && !first ? { ...asked, first: PIECE } : null);
  const page = first ?? found.data?.compareBaselines.differences ?? null;
  const kinds = Object.keys(KINDS).filter((kind) => tally.kinds.some((one) => one.kind === kind && one.count));
  const pages = useMemo(() => (few && page ? byKind(page.nodes) : {}), [few, page]);
  if (found.problem) return html`<${Refused} problem=${found.problem} />`;
  if (few && !page) return html`<${Loading} what="the differences" />`;
  if (!kinds.length) return html`<p>Nothing here differs.</p>`;
  return kinds.map((kind, index) => html`<${Group} key=${`${JSON.stringify(asked)}|${kind}`} kind=${kind} total=${tally.kinds.find((one) => one.kind === kind).count}
    begins=${few || index === 0} page=${pages[kind] ?? null} asked=${{ ...asked, kinds: [kind] }} sides=${sides} label=${label} />`);
}

function Group({ kind, total, begins, page, asked, sides, label }) {
  const [open, setOpen] = useState(begins);
  useEffect(() => setOpen(begins), [begins]);
  const inside = `kind-${kind}-${asked.service ?? "all"}`;
  return html`<section class="kind-group">
    <h3><button class="kind-head" aria-expanded=${open ? "true" : "false"} aria-controls=${inside} onClick=${() => setOpen(!open)}><${Kind} kind=${kind} /> <span class="muted">${count(total)}</span></button></h3>
    <div id=${inside} hidden=${!open}>${open && html`<${DifferenceList} asked=${asked} first=${page} total=${total} sides=${sides} label=${`${label}: ${KINDS[kind].word.toLowerCase()}`} />`}</div></section>`;
}

/** A page that holds everything, cut into one for each kind: items before relationships, by type and name. */
function byKind(nodes) {
  const rank = (one) => `${one.subject}|${one.type}|${subjectWords(one)}|${one.identity ?? ""}`;
  const found = {};
  for (const one of [...nodes].sort((a, b) => rank(a).localeCompare(rank(b)))) (found[one.kind] ??= { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } }).nodes.push(one);
  return found;
}
