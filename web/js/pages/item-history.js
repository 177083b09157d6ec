// What happened to an item as a timeline: its versions and those of its relationships, together by commit, with who did it, why, and under
// which change.
import { html, useEffect, useRef, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { commitLink, itemLink, Loading, Refused, TypeName } from "../parts.js";
import { labelled, measured } from "../units.js";
import { ago, many, moment, plain } from "../words.js";

const PIECE = 20;
const SHOWN = 8; // relationships of one commit before the rest is folded: the first commit of a hub has hundreds

/** Two lists from the server, newest first; `seq` of the last entry of a list that has more is how far back the timeline is whole. */
const STREAMS = [
  { name: "versions", operation: "History", first: PIECE, field: "history" },
  { name: "relations", operation: "RelationshipHistory", first: 3 * PIECE, field: "relationshipHistory" },
];
const EMPTY = { versions: { nodes: [], next: null }, relations: { nodes: [], next: null }, loading: true, problem: null };

export function ItemHistory({ id, type = null }) {
  const [state, setState] = useState(EMPTY);
  const stop = useRef(null);
  const load = async (from) => {
    const { signal } = stop.current;
    setState({ ...from, loading: true });
    try {
      const wanted = from === EMPTY ? STREAMS : STREAMS.filter((one) => from[one.name].next && lastOf(from[one.name]) >= wholeTo(from));
      const pages = await Promise.all(wanted.map(({ operation, name, first }) => ask(operation, { id, first, after: from[name].next }, signal)));
      const next = { ...from, loading: false, problem: null };
      wanted.forEach(({ name, field }, index) => {
        const page = pages[index][field];
        const { hasNextPage, endCursor } = page.pageInfo;
        next[name] = { nodes: [...from[name].nodes, ...page.nodes], next: hasNextPage ? endCursor : null };
      });
      setState(next);
    } catch (problem) {
      if (problem.name !== "AbortError") setState({ ...from, loading: false, problem: said(problem) });
    }
  };
  useEffect(() => {
    stop.current = new AbortController();
    load(EMPTY);
    return () => stop.current.abort();
  }, [id]);
  const entries = together(state);
  const more = state.versions.next || state.relations.next;
  const units = new Map((type?.attributes ?? []).map((one) => [one.name, one.unit]));
  return html`<section aria-labelledby="history-title">
    <h2 id="history-title">History</h2>
    ${state.problem && html`<${Refused} problem=${state.problem} />`}
    ${state.loading && !entries.length && html`<${Loading} what="the history" />`}
    ${!state.loading && !state.problem && !entries.length && html`<p>The ledger has no version of it.</p>`}
    <ol class="timeline">${entries.map((one) => html`<${Entry} key=${one.seq} entry=${one} units=${units} />`)}</ol>
    ${more && html`<button class="quiet" disabled=${state.loading} onClick=${() => load(state)}>What happened before</button><p class="print-only small">It goes further back: printed are the newest ${many(entries.length, "commit")}.</p>`}
  </section>`;
}

function lastOf(stream) {
  return stream.next ? Number(stream.nodes.at(-1)?.seq ?? 0) : 0;
}

/** The commit down to which both lists are known: what is older waits until its list has been asked for more. */
function wholeTo(state) {
  return Math.max(lastOf(state.versions), lastOf(state.relations));
}

/** One entry for each commit, newest first. */
function together(state) {
  const whole = wholeTo(state);
  const entries = new Map();
  const at = (one) => {
    const seq = Number(one.seq);
    if (!entries.has(seq)) entries.set(seq, { seq, commit: one.commit, version: null, relations: [] });
    return entries.get(seq);
  };
  for (const one of state.versions.nodes) at(one).version = one;
  for (const one of state.relations.nodes) at(one).relations.push(one);
  return [...entries.values()].filter((one) => one.seq >= whole).sort((one, other) => other.seq - one.seq);
}

function titleOf({ version, relations }) {
  if (version?.retired) return "Retired";
  if (version?.revision === 1) return "Recorded";
  const parts = [];
  if (version && !version.differences) parts.push("values changed");
  if (version?.differences?.length) parts.push(`${many(version.differences.length, "value")} changed`);
  if (relations.length) parts.push(`${many(relations.length, "relationship")} changed`);
  return parts.join(", ") || "Its sources changed, no value did";
}

function Entry({ entry, units }) {
  const { version, relations, commit, seq } = entry;
  const created = version?.revision === 1;
  return html`<li>
    <h3>${titleOf(entry)} <span class="muted small">commit <a href=${commitLink(seq)}>${seq}</a></span></h3>
    ${commit && html`<p class="small muted"><time datetime=${commit.time} title=${moment(commit.time)}>${ago(commit.time)}</time>
      ${" by "}<strong>${commit.actor}</strong> through ${commit.source}${commit.reason && html`: “${commit.reason}”`}
      ${", "}${commit.change ? html`under change <strong>${commit.change}</strong>` : "without a change"}</p>`}
    ${version && !version.differences && html`<p class="small muted">${version.purged ? html`What it said was purged: <a href=${commitLink(version.purged)}>commit ${version.purged}</a>.`
      : "What changed cannot be told: the version before was purged."}</p>`}
    ${version && !created && version.differences?.length > 0 && html`<ul class="differences">${version.differences.map((one) => html`<${Difference}
      key=${one.field} one=${one} unit=${units.get(one.field)} />`)}</ul>`}
    ${created && version.differences && html`<p class="small muted">with ${many(version.differences.length, "value")}${relations.length > 0 && ` and ${many(relations.length, "relationship")}`}</p>`}
    ${relations.length > 0 && html`<${Relations} relations=${relations} folded=${created} />`}
  </li>`;
}

function Difference({ one, unit }) {
  const before = html`<del>${measured(one.before, unit)}</del>`;
  const after = html`<ins>${measured(one.after, unit)}</ins>`;
  return html`<li><span class="field">${labelled(one.field, unit)}</span> ${one.before === null ? after : one.after === null ? before : html`${before} → ${after}`}</li>`;
}

function Relations({ relations, folded }) {
  const lines = relations.map((one) => html`<${Relation} key=${one.id} one=${one} />`);
  const shown = folded ? [] : lines.slice(0, SHOWN);
  const rest = lines.slice(shown.length);
  return html`${shown.length > 0 && html`<ul class="differences">${shown}</ul>`}
    ${rest.length > 0 && html`<details class="small"><summary>${many(rest.length, shown.length ? "more relationship" : "relationship")}</summary><ul class="differences">${rest}</ul></details>`}`;
}

/** “now uses image x”, “no longer depends on y”. */
function Relation({ one }) {
  const label = plain(one.label);
  const told = { BEGAN: `now ${label}`, ENDED: `no longer ${label}`, CHANGED: `changed: ${label}` }[one.change];
  return html`<li>${one.change === "ENDED" ? html`<del>${told}</del>` : one.change === "BEGAN" ? html`<ins>${told}</ins>` : told}
    ${" "}<a href=${itemLink(one.otherId)}>${one.otherName ?? "an item whose name was purged"}</a> ${one.otherType && html`<${TypeName} type=${one.otherType} />`}</li>`;
}
