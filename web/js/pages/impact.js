// The blast radius: a question, its answer as a picture, as lists and as a table, and why each item is hit.
import { html, useEffect, useMemo, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { CopyLink, Loading, Menu, Refused } from "../parts.js";
import { LEVELS, many, moment } from "../words.js";
import { Connect } from "../impact/connect.js";
import { Differences, useDifferences } from "../impact/differences.js";
import { drawingOf, save } from "../impact/drawing.js";
import { withTried } from "../impact/ghosts.js";
import { Line } from "../impact/line.js";
import { MomentMenu, PastNotice, useCommit } from "../impact/moment.js";
import { named, useNamed } from "../impact/names.js";
import { useFocus } from "../impact/panel.js";
import { Picture } from "../impact/picture.js";
import { Question } from "../impact/question.js";
import { Sets } from "../impact/sets.js";
import { PrintSheet, printOn } from "../impact/sheet.js";
import { Start } from "../impact/start.js";
import { asOf, format, isPast, isTried, parse, question, toggled, without, withoutItem } from "../impact/state.js";
import { Counts, Services } from "../impact/summary.js";
import { AT_HAND, AffectedTable } from "../impact/table.js";
import { triedWords } from "../impact/tried.js";
import { Damaged, Missing, Unread } from "../impact/unread.js";
import { WholeExports } from "../impact/whole.js";
import { Why } from "../impact/why.js";

const UNFOLDED = 4_000;
const SHOWN = 1_000; // boxes that are never folded, as many as the server allows
const NOTHING_TRIED = [];

export function ImpactPage({ query }) {
  const state = useMemo(() => parse(query), [query]);
  const [side, setSide] = useState({ line: null, ends: null }); // the line or the two items one is at
  const focus = useFocus();
  const change = (part) => {
    location.hash = `#/impact?${format({ ...state, ...part })}`; // one step of the browser's history
  };
  const answers = useAnswers(state);
  const { asked, answer, impact, path, differs } = answers;
  const known = useMemo(() => new Map((impact?.picture.nodes ?? []).filter((node) => node.itemId && node.name).map((node) => [node.itemId, node.name])), [impact]);
  const { names, gone } = useNamed(idsIn(state), known);
  const toNow = () => change({ rev: null, time: null, baseline: null });
  const refused = [answer.problem?.more?.id, ...(answer.problem?.more?.ids ?? [])].filter((id) => gone.has(id)); // told by Missing
  const isMissing = (id) => gone.get(id) === null || refused.includes(id) || (!isPast(state) && id !== state.why); // in the past a retired item may have been live
  const missing = answer.current || !asked ? [...new Set(idsIn(state))].filter(isMissing) : [];
  const title = titleOf(state, names);
  useEffect(() => {
    document.title = `${title} · CMDB`;
  }, [title]);
  const picture = useMemo(() => pictureOf(impact, answers.without, differs, state), [impact, answers.without, differs, state]);
  const on = actions(state, change, side, setSide, focus);
  const groups = (picture?.nodes ?? []).filter((node) => node.root && node.redundancy && state.roots.some((root) => root.id === node.itemId)).map((node) => ({ id: node.itemId, name: node.name }));
  const tried = triedWords(state, (id) => names.get(id) ?? "…").map((one) => one.words);
  const commit = useCommit(impact ? Number(impact.revision) : null);
  const inQuestion = impact && answers.whole.current && answers.whole.data ? answers.whole.data.impact.affected.totalCount - impact.total : 0;
  const under = impact && underOf(impact, commit, inQuestion);
  const view = JSON.stringify([state.roots.map((root) => root.id), state.all, asOf(state)]);
  return html`<article class="impact">
    <header class="page-head"><h1>${asked || state.damaged ? title : "What breaks if something fails?"}</h1>
      <div class="actions"><${MomentMenu} state=${state} change=${change} /><${Sets} state=${state} />
        ${impact && html`<${Take} state=${state} impact=${impact} drawing=${() => drawingOf(picture, title, under)} />`}</div></header>
    ${impact && html`<${PastNotice} state=${state} revision=${impact.revision} onNow=${toNow} />`}
    ${state.damaged && html`<${Damaged} why=${state.damaged} onNow=${toNow} />`}
    <${Unread} state=${state} names=${names} />
    ${!state.damaged && html`<${Question} state=${state} names=${names} groups=${groups} change=${change} />
      <${Missing} gone=${gone} ids=${missing} names=${names} code=${refused.length ? answer.problem.code : null} change=${change} leave=${(id) => withoutItem(state, id)} />`}
    ${!asked && !state.damaged && html`<${Start} />`}
    ${answer.problem && !refused.length && html`<${Refused} problem=${named(answer.problem, names)} />`}
    ${answer.problem && asOf(state) && html`<p><button onClick=${toNow}>Ask as of now</button></p>`}
    ${!impact && asked && answer.loading && html`<${Loading} what="the blast radius" />`}
    ${impact && !answer.problem && html`
      <${Counts} impact=${impact} base=${answers.base} moved=${movedOf(state, answers)} names=${names} commit=${commit} named=${inQuestion} then=${isPast(state)} />
      <div class=${answer.current ? "stage" : "stage waits"} aria-busy=${answer.current ? "false" : "true"}>
        <${Picture} picture=${picture} picked=${state.why} path=${path} all=${state.all} line=${side.line?.key ?? null} ends=${side.ends?.map((one) => one?.id) ?? null}
          opened=${state.open} most=${UNFOLDED} tried=${isTried(state)} waits=${!answer.current} view=${view} on=${on} />
        <div class="side">
          ${side.ends && html`<${Connect} ends=${side.ends} on=${on} focus=${focus} />`}
          ${side.line && html`<${Line} wire=${side.line} state=${state} on=${on.ofLine} focus=${focus} />`}
          ${state.why && gone.get(state.why) !== null && html`<${Why} why=${answers.why} state=${state} on=${on} called=${names.get(state.why)} focus=${focus} />`}
          <${Services} impact=${impact} picked=${state.why} names=${names} onPick=${on.pick} /></div>
        <div class="lists">
          ${differs && html`<${Differences} found=${differs} onPick=${on.pick} />`}
          <${AffectedTable} asked=${asked} whole=${answers.whole} named=${inQuestion} byType=${impact.byType} picked=${state.why} onPick=${on.pick} /></div></div>
      <${PrintSheet} impact=${{ ...impact, picture }} title=${title} under=${under} tried=${tried} differs=${differs} rows=${answers.whole.data?.impact.affected.nodes}
        total=${impact.total + inQuestion} named=${inQuestion} names=${names} hit=${state.why && answers.why.current ? answers.why.data?.impact.item : null} />`}
  </article>`;
}

/** Everything that is asked of the server for this state. */
function useAnswers(state) {
  const asked = question(state);
  const why = useAsk("ImpactWhy", asked && state.why ? { ...asked, id: state.why } : null);
  const steps = why.current && why.data?.impact.item ? why.data.impact.item.why : null;
  const path = useMemo(() => (steps ?? []).map((step) => step.affected.itemId), [steps]);
  const seen = [...path, ...idsIn(state)];
  const drawn = { groupAbove: state.all ? UNFOLDED : 10, open: state.open, show: [...new Set(seen)].slice(0, SHOWN), most: UNFOLDED };
  const answer = useAsk("ImpactPicture", asked && { ...asked, ...drawn });
  const before = useAsk("ImpactPicture", asked?.whatIf && state.roots.length ? { ...asked, whatIf: null, ...drawn } : null); // the picture as it is
  const whole = useAsk("AffectedItems", asked && { ...asked, first: AT_HAND });
  const differs = useDifferences(asked);
  return { asked, answer, impact: asked ? answer.data?.impact : null, isWithout: before.current, without: before.data?.impact.picture ?? null, path, why, whole, differs, base: differs?.base ?? null };
}

function actions(state, change, side, setSide, focus) {
  const shut = { line: null, ends: null };
  const show = (next) => { focus.will(); setSide(next); };
  const end = (index, item) => show({ line: null, ends: (side.ends ?? [null, null]).map((one, at) => (at === index ? item : one)) });
  const itemOf = (node) => ({ id: node.itemId, name: node.name ?? "a retired item", type: node.type });
  const tie = (relation) => {
    setSide(shut);
    focus.back();
    if (!state.tie.some((one) => JSON.stringify(one) === JSON.stringify(relation))) change({ tie: [...state.tie, relation] });
  };
  const on = {
    pick: (id) => {
      if (id === null && state.why === null) return;
      if (id) focus.will(id === state.why);
      change({ why: id });
    },
    open: (key) => change({ open: toggled(state.open, key) }),
    fold: (key) => change({ open: state.open.filter((one) => one !== key && !one.startsWith(`${key}+`)) }),
    unfold: (all) => change({ all, open: [] }),
    lose: (id) => change({ lost: toggled(state.lost, id) }),
    cut: (relation) => change({ cut: toggled(state.cut, relation) }),
    need: (id, needed) => change({ need: [...state.need.filter((one) => one.id !== id), { id, needed }] }),
    tie,
    line: (wire) => wire && show({ line: wire, ends: null }),
    connect: (one) => (side.ends && !one ? setSide(shut) : show({ line: null, ends: [one && (one.itemId ? itemOf(one) : one), null] })),
    join: (node) => node.itemId && end(side.ends[0] ? 1 : 0, itemOf(node)),
    end,
    close: () => setSide(shut),
    escape: () => (side.line || side.ends ? setSide(shut) : on.pick(null)),
  };
  const left = () => { on.close(); focus.back(); };
  on.ofLine = { close: on.close, open: (key) => { left(); on.open(key); }, without: (relation) => { left(); change(without(state, relation)); } };
  return on;
}

function pictureOf(impact, base, differs, state) {
  if (!impact) return null;
  return isTried(state) ? withTried(impact.picture, base, differs?.rows ?? NOTHING_TRIED, state) : impact.picture;
}

/** How many of what is tried as lost were affected without that, by level; null while it is not known. */
function movedOf(state, answers) {
  if (state.lost.length && !answers.isWithout) return null;
  const nodes = state.lost.length ? (answers.without?.nodes ?? []).filter((node) => !node.root && state.lost.includes(node.itemId)) : [];
  return { total: nodes.length, ...Object.fromEntries(Object.keys(LEVELS).map((level) => [level, nodes.filter((node) => node.level === level).length])) };
}

function idsIn(state) {
  const relations = state.cut.length + state.tie.length ? [...state.cut, ...state.tie] : NOTHING_TRIED;
  return [...state.roots.map((root) => root.id), ...(state.why ? [state.why] : []), ...state.lost, ...state.need.map((one) => one.id), ...relations.flatMap((one) => [one.source, one.target])];
}

function titleOf(state, names) {
  const parts = state.roots.map((root) => `${names.get(root.id) ?? "…"} is ${LEVELS[root.level].word.toLowerCase()}`);
  const shown = parts.length > 3 ? [...parts.slice(0, 2), `${parts.length - 2} more fail`] : parts;
  if (!shown.length) return isTried(state) ? "What if" : "Blast radius";
  return `What breaks if ${shown.join(" and ")}`;
}

function underOf(impact, commit, inQuestion) {
  const stands = commit ? `commit ${impact.revision} of ${moment(commit.time)}` : `commit ${impact.revision}`;
  const besides = inQuestion ? ` besides ${many(inQuestion, "item")} in the question` : "";
  return `${many(impact.total, "item")} affected${besides}: ${impact.down} down, ${impact.degraded} degraded, ${impact.atRisk} at risk. As of ${stands}; drawn ${moment(new Date().toISOString())}`;
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
