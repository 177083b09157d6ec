// The blast radius: a question, its answer as a picture, as lists and as a table, and why each item is hit.
import { html, useEffect, useMemo, useRef } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Refused, Loading } from "../parts.js";
import { LEVELS, many } from "../words.js";
import { drawingOf, save } from "../impact/drawing.js";
import { useNames } from "../impact/names.js";
import { Picture } from "../impact/picture.js";
import { Question } from "../impact/question.js";
import { format, isTried, parse, question, toggled } from "../impact/state.js";
import { Counts, Services } from "../impact/summary.js";
import { AffectedTable } from "../impact/table.js";
import { Why } from "../impact/why.js";

const UNFOLDED = 4_000;

export function ImpactPage({ query }) {
  const state = useMemo(() => parse(query), [query]);
  const stays = useRef(false);
  const asked = question(state);
  const change = (part, keep = false) => {
    stays.current = keep;
    const next = format({ ...state, rev: null, ...part });
    if (keep) history.replaceState(null, "", `#/impact?${next}`), dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = `#/impact?${next}`;
  };
  const why = useAsk("ImpactWhy", asked && state.why ? { ...asked, id: state.why } : null);
  const steps = why.current && why.data?.impact.item ? why.data.impact.item.why : null;
  const path = useMemo(() => (steps ?? []).map((step) => step.affected.itemId), [steps]);
  const answer = useAsk("ImpactPicture", asked && {
    ...asked, groupAbove: state.all ? UNFOLDED : 10, open: state.open, show: state.why && path.length ? path : [], most: UNFOLDED,
  });
  const base = useAsk("ImpactSummary", isTried(state) && state.roots.length ? { roots: state.roots } : null);
  const impact = asked ? answer.data?.impact : null;
  const known = useMemo(() => new Map((impact?.picture.nodes ?? []).filter((node) => node.itemId).map((node) => [node.itemId, node.name ?? "a retired item"])), [impact]);
  const ids = [...state.roots.map((root) => root.id), ...state.lost, ...[...state.cut, ...state.tie].flatMap((one) => [one.source, one.target])];
  const names = useNames(ids, known);
  const title = titleOf(state, names);
  useEffect(() => {
    document.title = `${title} · CMDB`;
  }, [title]);
  const on = {
    pick: (id) => change({ why: id }, true),
    open: (key) => change({ open: toggled(state.open, key) }, true),
    unfold: (all) => change({ all, open: [] }),
    lose: (id) => change({ lost: toggled(state.lost, id) }, true),
    cut: (relation) => change({ cut: toggled(state.cut, relation) }, true),
    tie: (relation) => change({ tie: toggled(state.tie, relation) }, true),
  };
  return html`<article class="impact">
    <header class="page-head"><h1>${asked ? title : "What breaks if something fails?"}</h1>
      ${impact && html`<${Take} impact=${impact} state=${state} title=${title} />`}</header>
    <${Question} state=${state} names=${names} change=${change} />
    ${answer.problem && html`<${Refused} problem=${answer.problem} />`}
    ${!impact && asked && answer.loading && html`<${Loading} what="the blast radius" />`}
    ${impact && !answer.problem && html`
      ${state.rev && Number(impact.revision) !== state.rev && html`<p class="notice warn" role="status">This link was made at revision ${state.rev}. The CMDB now stands at
        revision ${impact.revision}, and that is what you see: the answer may differ from the one the link was made for.</p>`}
      <${Counts} impact=${impact} base=${base.current ? base.data?.impact : null} />
      <div class="stage"><${Picture} picture=${impact.picture} picked=${state.why} path=${path} all=${state.all} on=${on} stays=${stays} />
        <div class="side">${state.why && html`<${Why} why=${why} state=${state} on=${on} />`}
          <${Services} impact=${impact} picked=${state.why} names=${names} onPick=${on.pick} /></div></div>
      <${AffectedTable} asked=${asked} byType=${impact.byType} picked=${state.why} onPick=${on.pick} />
      <${PrintSheet} impact=${impact} title=${title} />`}
  </article>`;
}

function titleOf(state, names) {
  const parts = state.roots.map((root) => `${names.get(root.id) ?? "…"} is ${LEVELS[root.level].word.toLowerCase()}`);
  const shown = parts.length > 3 ? [...parts.slice(0, 2), `${parts.length - 2} more fail`] : parts;
  if (!shown.length) return isTried(state) ? "What if" : "Blast radius";
  return `What breaks if ${shown.join(" and ")}`;
}

function under(impact) {
  return `${many(impact.total, "item")} affected: ${impact.down} down, ${impact.degraded} degraded, ${impact.atRisk} at risk. Revision ${impact.revision}, ${new Date().toLocaleString()}`;
}

function Take({ impact, state, title }) {
  const link = async (event) => {
    const button = event.currentTarget;
    const address = `${location.origin}${location.pathname}#/impact?${format({ ...state, rev: Number(impact.revision) })}`;
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      history.replaceState(null, "", address); // no clipboard here: the address bar holds it
      button.textContent = "In the address bar";
    }
    setTimeout(() => { button.textContent = "Copy link"; }, 2_000);
  };
  return html`<div class="actions"><button class="quiet" onClick=${link}>Copy link</button>
    <button class="quiet" onClick=${() => save("blast-radius.svg", drawingOf(impact.picture, title, under(impact)), "image/svg+xml")}>Save SVG</button>
    <button class="quiet" onClick=${() => print()}>Print or PDF</button></div>`;
}

/** Filled when the browser is about to print: a drawing prints sharper than a canvas. */
function PrintSheet({ impact, title }) {
  const place = useRef(null);
  useEffect(() => {
    const fill = () => { place.current.innerHTML = drawingOf(impact.picture, title, under(impact)); };
    const empty = () => { place.current?.replaceChildren(); };
    addEventListener("beforeprint", fill);
    addEventListener("afterprint", empty);
    return () => {
      removeEventListener("beforeprint", fill);
      removeEventListener("afterprint", empty);
    };
  }, [impact, title]);
  return html`<div class="print-sheet" ref=${place}></div>`;
}
