// The blast radius: a question, its answer as a picture, as lists and as a table, and why each item is hit.
import { html, useEffect, useMemo, useRef, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { CopyLink, Loading, Menu, Refused } from "../parts.js";
import { LEVELS, many, moment } from "../words.js";
import { Connect } from "../impact/connect.js";
import { Differences, useDifferences } from "../impact/differences.js";
import { drawingOf, save } from "../impact/drawing.js";
import { Line } from "../impact/line.js";
import { MomentMenu, PastNotice, useCommit } from "../impact/moment.js";
import { useNames } from "../impact/names.js";
import { Picture } from "../impact/picture.js";
import { Question } from "../impact/question.js";
import { Sets } from "../impact/sets.js";
import { PrintSheet, printOn } from "../impact/sheet.js";
import { asOf, format, isTried, parse, question, toggled, without } from "../impact/state.js";
import { Counts, Services } from "../impact/summary.js";
import { AT_HAND, AffectedTable } from "../impact/table.js";
import { triedWords } from "../impact/tried.js";
import { WholeExports } from "../impact/whole.js";
import { Why } from "../impact/why.js";

const UNFOLDED = 4_000;
const NOTHING_TRIED = [];

export function ImpactPage({ query }) {
  const state = useMemo(() => parse(query), [query]);
  const [side, setSide] = useState({ line: null, ends: null }); // the line or the two items one is at
  const stays = useRef(false);
  const change = (part, keep = false) => {
    stays.current = keep;
    const next = format({ ...state, ...part });
    if (keep) history.replaceState(null, "", `#/impact?${next}`), dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = `#/impact?${next}`;
  };
  const answers = useAnswers(state);
  const { asked, answer, impact, path, differs } = answers;
  const known = useMemo(() => new Map((impact?.picture.nodes ?? []).filter((node) => node.itemId).map((node) => [node.itemId, node.name ?? "a retired item"])), [impact]);
  const names = useNames(idsIn(state), known);
  const title = titleOf(state, names);
  useEffect(() => {
    document.title = `${title} · CMDB`;
  }, [title]);
  const picture = useMemo(() => marked(impact?.picture, differs), [impact, differs]);
  const on = actions(state, change, side, setSide);
  const groups = (picture?.nodes ?? []).filter((node) => node.root && node.redundancy && state.roots.some((root) => root.id === node.itemId)).map((node) => ({ id: node.itemId, name: node.name }));
  const tried = triedWords(state, (id) => names.get(id) ?? "…").map((one) => one.words);
  const commit = useCommit(impact ? Number(impact.revision) : null);
  const under = impact && underOf(impact, commit);
  return html`<article class="impact">
    <header class="page-head"><h1>${asked ? title : "What breaks if something fails?"}</h1>
      <div class="actions"><${MomentMenu} state=${state} change=${change} /><${Sets} state=${state} />
        ${impact && html`<${Take} state=${state} impact=${impact} drawing=${() => drawingOf(picture, title, under)} />`}</div></header>
    ${impact && html`<${PastNotice} state=${state} revision=${impact.revision} onNow=${() => change({ rev: null, time: null, baseline: null })} />`}
    <${Question} state=${state} names=${names} groups=${groups} change=${change} />
    ${answer.problem && html`<${Refused} problem=${answer.problem} />`}
    ${answer.problem && asOf(state) && html`<p><button onClick=${() => change({ rev: null, time: null, baseline: null })}>Ask as of now</button></p>`}
    ${!impact && asked && answer.loading && html`<${Loading} what="the blast radius" />`}
    ${impact && !answer.problem && html`
      <${Counts} impact=${impact} base=${answers.base} commit=${commit} />
      <div class="stage"><div class="main-side">
          <${Picture} picture=${picture} picked=${state.why} path=${path} all=${state.all} line=${side.line?.key ?? null} ends=${side.ends?.map((one) => one?.id) ?? null} on=${on} stays=${stays} />
          ${differs && html`<${Differences} found=${differs} onPick=${on.pick} />`}
          <${AffectedTable} asked=${asked} whole=${answers.whole} byType=${impact.byType} picked=${state.why} onPick=${on.pick} /></div>
        <div class="side">
          ${side.ends && html`<${Connect} ends=${side.ends} on=${on} />`}
          ${side.line && html`<${Line} wire=${side.line} state=${state} on=${on.ofLine} />`}
          ${state.why && html`<${Why} why=${answers.why} state=${state} on=${on} />`}
          <${Services} impact=${impact} picked=${state.why} names=${names} onPick=${on.pick} /></div></div>
      <${PrintSheet} impact=${{ ...impact, picture }} title=${title} under=${under} tried=${tried} differs=${differs} rows=${answers.whole.data?.impact.affected.nodes} names=${names} />`}
  </article>`;
}

/** Everything that is asked of the server for this state. */
function useAnswers(state) {
  const asked = question(state);
  const why = useAsk("ImpactWhy", asked && state.why ? { ...asked, id: state.why } : null);
  const steps = why.current && why.data?.impact.item ? why.data.impact.item.why : null;
  const path = useMemo(() => (steps ?? []).map((step) => step.affected.itemId), [steps]);
  const answer = useAsk("ImpactPicture", asked && {
    ...asked, groupAbove: state.all ? UNFOLDED : 10, open: state.open, show: state.why && path.length ? path : [], most: UNFOLDED,
  });
  const whole = useAsk("AffectedItems", asked && { ...asked, first: AT_HAND });
  const differs = useDifferences(asked);
  return { asked, answer, impact: asked ? answer.data?.impact : null, path, why, whole, differs, base: differs?.base ?? null };
}

function actions(state, change, side, setSide) {
  const shut = { line: null, ends: null };
  const end = (index, item) => setSide((before) => ({ line: null, ends: (before.ends ?? [null, null]).map((one, at) => (at === index ? item : one)) }));
  const itemOf = (node) => ({ id: node.itemId, name: node.name ?? "a retired item", type: node.type });
  const on = {
    pick: (id) => change({ why: id }, true),
    open: (key) => change({ open: toggled(state.open, key) }, true),
    unfold: (all) => change({ all, open: [] }),
    lose: (id) => change({ lost: toggled(state.lost, id) }, true),
    cut: (relation) => change({ cut: toggled(state.cut, relation) }, true),
    need: (id, needed) => change({ need: [...state.need.filter((one) => one.id !== id), { id, needed }] }, true),
    tie: (relation) => {
      setSide(shut);
      if (!state.tie.some((one) => JSON.stringify(one) === JSON.stringify(relation))) change({ tie: [...state.tie, relation] }, true);
    },
    line: (wire) => setSide({ line: wire, ends: null }),
    connect: (one) => setSide(side.ends && !one ? shut : { line: null, ends: [one && (one.itemId ? itemOf(one) : one), null] }),
    join: (node) => end(side.ends[0] ? 1 : 0, itemOf(node)),
    end,
    close: () => setSide(shut),
  };
  on.ofLine = { close: on.close, open: (key) => { on.close(); on.open(key); }, without: (relation) => { on.close(); change(without(state, relation), true); } };
  return on;
}

/** The picture with what each box was without what is tried out. */
function marked(picture, differs) {
  if (!picture || !differs || !differs.rows.length) return picture;
  const rows = new Map(differs.rows.map((row) => [row.itemId, row]));
  const nodes = picture.nodes.map((node) => {
    const row = rows.get(node.itemId);
    return row && row.after === node.level ? { ...node, was: row.before, worse: row.harm > 0 } : node;
  });
  return { ...picture, nodes };
}

function idsIn(state) {
  const relations = state.cut.length + state.tie.length ? [...state.cut, ...state.tie] : NOTHING_TRIED;
  return [...state.roots.map((root) => root.id), ...state.lost, ...state.need.map((one) => one.id), ...relations.flatMap((one) => [one.source, one.target])];
}

function titleOf(state, names) {
  const parts = state.roots.map((root) => `${names.get(root.id) ?? "…"} is ${LEVELS[root.level].word.toLowerCase()}`);
  const shown = parts.length > 3 ? [...parts.slice(0, 2), `${parts.length - 2} more fail`] : parts;
  if (!shown.length) return isTried(state) ? "What if" : "Blast radius";
  return `What breaks if ${shown.join(" and ")}`;
}

function underOf(impact, commit) {
  const stands = commit ? `commit ${impact.revision} of ${moment(commit.time)}` : `commit ${impact.revision}`;
  return `${many(impact.total, "item")} affected: ${impact.down} down, ${impact.degraded} degraded, ${impact.atRisk} at risk. As of ${stands}; drawn ${moment(new Date().toISOString())}`;
}

function Take({ state, impact, drawing }) {
  const pinned = `#/impact?${format({ ...state, rev: Number(impact.revision), time: null, baseline: null })}`;
  return html`<${CopyLink} hash=${pinned} />
    <${Menu} label="Export"><div class="exports">
      <button class="quiet" onClick=${() => save("blast-radius.svg", drawing(), "image/svg+xml")}>Picture as SVG</button>
      <button class="quiet" onClick=${() => printOn("A4")}>PDF for a meeting, A4</button>
      <button class="quiet" onClick=${() => printOn("A3")}>PDF for a meeting, A3</button>
      <p class="small muted">PDF opens the print dialogue of the browser: choose “save as PDF” there.</p>
      <${WholeExports} state=${state} revision=${impact.revision} tried=${isTried(state)} /></div><//>`;
}
