// The table of the same data. Sorting needs all rows at hand: up to 1,000 they are, beyond that filters narrow it down first.
import { html, useEffect, useMemo, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Level, Refused, TypeName } from "../parts.js";
import { BAD_LEVELS, LEVELS, count, many, plain } from "../words.js";

export const AT_HAND = 1_000;
const PAGE = 50;
const COLUMNS = [
  ["level", "Level", (row) => -LEVELS[row.level].rank],
  ["name", "Name", (row) => (row.item?.name ?? "").toLowerCase()],
  ["type", "Type", (row) => row.type],
  ["owner", "Owner", (row) => (row.item?.owner ?? "").toLowerCase()],
  ["location", "Location", (row) => (row.item?.location ?? "").toLowerCase()],
  ["status", "Status", (row) => row.item?.status ?? ""],
];

/** `whole`: the answer without filters, its first page; `named`: how many of its rows are named in the question. */
export function AffectedTable({ asked, whole, named, byType, picked, onPick }) {
  const [levels, setLevels] = useState([]);
  const [type, setType] = useState("");
  const [sort, setSort] = useState({ by: "level", up: true });
  const [page, setPage] = useState(0);
  const [pieces, setPieces] = useState([null]);
  const variables = { ...asked, levels, types: type ? [type] : [], first: AT_HAND, after: pieces.at(-1) };
  const isWhole = !levels.length && !type && pieces.length === 1;
  const part = useAsk("AffectedItems", isWhole ? null : variables);
  const { data, problem, loading } = isWhole ? whole : part;
  const found = data?.impact.affected;
  const question = JSON.stringify([asked, levels, type]);
  useEffect(() => {
    setPage(0);
    setPieces([null]);
  }, [question]);
  const sortable = found !== undefined && found.totalCount <= AT_HAND;
  const rows = useMemo(() => (sortable ? sorted(found.nodes, sort) : found?.nodes ?? []), [found, sort, sortable]);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const first = (pieces.length - 1) * AT_HAND + page * PAGE;
  const here = rows.slice(page * PAGE, (page + 1) * PAGE);
  const forward = page + 1 < pages ? () => setPage(page + 1) : found?.pageInfo.hasNextPage ? () => { setPieces([...pieces, found.pageInfo.endCursor]); setPage(0); } : null;
  const back = page > 0 ? () => setPage(page - 1) : pieces.length > 1 ? () => { setPieces(pieces.slice(0, -1)); setPage(0); } : null;
  return html`<section class="affected" aria-labelledby="table-title">
    <div class="tools"><h2 id="table-title">Affected items ${found && html`<span class="muted">${isWhole || (!levels.length && !type) ? rowsSaid(found.totalCount, named) : `${count(found.totalCount)} of them`}</span>`}</h2><span class="spread"></span>
      <fieldset class="chips"><legend class="unseen">Levels</legend>${BAD_LEVELS.map((level) => html`<label key=${level}><input type="checkbox" checked=${levels.includes(level)}
        onChange=${() => setLevels(levels.includes(level) ? levels.filter((one) => one !== level) : [...levels, level])} /><${Level} level=${level} /></label>`)}</fieldset>
      <label>Type <select value=${type} onChange=${(event) => setType(event.target.value)}><option value="">all</option>
        ${byType.map((one) => html`<option key=${one.name} value=${one.name}>${plain(one.name)} (${count(one.total)})</option>`)}</select></label></div>
    ${problem && html`<${Refused} problem=${problem} />`}
    ${found && !sortable && html`<p class="small muted">Worst first. To sort otherwise, narrow it down to ${count(AT_HAND)} items or fewer.</p>`}
    <div class="scroll" tabindex="0" role="group" aria-label="Affected items" aria-busy=${loading ? "true" : "false"}><table>
      <thead><tr>${COLUMNS.map(([by, title]) => html`<th key=${by} scope="col" aria-sort=${sortable && sort.by === by ? (sort.up ? "ascending" : "descending") : undefined}>
        ${sortable ? html`<button class="sort" onClick=${() => setSort({ by, up: sort.by === by ? !sort.up : true })}>${title}<span aria-hidden="true">${sort.by === by ? (sort.up ? " ▲" : " ▼") : ""}</span></button>` : title}</th>`)}</tr></thead>
      <tbody>${here.map((row) => html`<tr key=${row.itemId} class=${row.itemId === picked ? "picked" : ""}><td><${Level} level=${row.level} /></td>
        <td><button class="bare" onClick=${() => onPick(row.itemId)} title="Show why">${row.item?.name ?? "(retired)"}</button>${row.root && html` <span class="small muted">named in the question</span>`}</td>
        <td><${TypeName} type=${row.type} /></td><td>${row.item?.owner ?? ""}</td><td>${row.item?.location ?? ""}</td><td>${plain(row.item?.status)}</td></tr>`)}</tbody>
    </table></div>
    ${found && (forward || back) && html`<div class="pager"><button class="quiet" disabled=${!back} onClick=${back}>Before</button>
      <span>${count(first + 1)}–${count(first + here.length)} of ${many(found.totalCount, "item")}</span><button class="quiet" disabled=${!forward} onClick=${forward}>Next</button></div>`}
  </section>`;
}

/** `31 and 1 in the question`: the rows hold what the question names as well. */
export function rowsSaid(rows, named) {
  return named > 0 ? `${count(rows - named)}, and ${count(named)} named in the question` : count(rows);
}

function sorted(nodes, { by, up }) {
  const key = COLUMNS.find(([name]) => name === by)[2];
  const keyed = nodes.map((row) => [key(row), row]);
  keyed.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0) * (up ? 1 : -1));
  return keyed.map(([, row]) => row);
}
