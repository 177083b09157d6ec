// How much of a set of differences is under a change: a bar with patterns and marks, and the same as a table.
import { html } from "../ui.js";
import { count, many, plain } from "../words.js";
import { KINDS, MEANS, STATES, shareWords, stateWords } from "./words.js";

const PARTS = ["authorised", "partly", "none"];

/** The bar alone; the words for it are beside it. */
export function Bar({ tally, slim = false }) {
  const rest = tally.total - PARTS.reduce((sum, part) => sum + tally[part], 0);
  const parts = [...PARTS.map((part) => [part, tally[part]]), ["not_applicable", rest]].filter(([, number]) => number > 0);
  return html`<div class=${`bar ${slim ? "slim" : ""}`} role="img" aria-label=${`${shareWords(tally)}: ${parts.map(([part, number]) => `${count(number)} ${STATES[part].word.toLowerCase()}`).join(", ")}`}>
    ${parts.map(([part, number]) => html`<span key=${part} class=${`bar-part bar-${part}`} style=${{ flexGrow: number }}><span class="bar-mark">${STATES[part].mark}</span></span>`)}</div>`;
}

/** `changes`: those its commits name. */
export function State({ state, changes }) {
  const { mark, means } = STATES[state] ?? { mark: "?" };
  return html`<span class=${`state state-${state}`} title=${means}><span class="state-mark" aria-hidden="true">${mark}</span> ${stateWords(state, changes)}</span>`;
}

export function Kind({ kind }) {
  const { sign, word } = KINDS[kind] ?? { sign: "·", word: plain(kind) };
  return html`<span class=${`kind kind-${kind}`}><span class="kind-sign" aria-hidden="true">${sign}</span> ${word}</span>`;
}

/** Totals of a comparison: the bar, its legend, and counts by kind of items and of relationships. */
export function Totals({ totals }) {
  const { all, items, relationships } = totals;
  const kinds = Object.keys(KINDS).filter((kind) => all.kinds.some((one) => one.kind === kind && one.count));
  const of = (tally, kind) => tally.kinds.find((one) => one.kind === kind)?.count ?? 0;
  return html`<section class="panel" aria-labelledby="totals-title"><h2 id="totals-title">${all.total ? many(all.total, "difference") : "No difference"}</h2>
    ${all.total === 0 && html`<p>Both sides hold the same, as far as they are compared.</p>`}
    ${all.total > 0 && html`<${Bar} tally=${all} /><p class="share">${shareWords(all)}</p><p class="small muted">${MEANS}</p>
      <div class="scroll" tabindex="0" role="group" aria-label="Counts"><table class="numbers"><thead><tr><th scope="col">How</th><th scope="col">Items</th><th scope="col">Relationships</th></tr></thead><tbody>
        ${kinds.map((kind) => html`<tr key=${kind}><th scope="row"><${Kind} kind=${kind} /></th><td>${count(of(items, kind))}</td><td>${count(of(relationships, kind))}</td></tr>`)}
        ${PARTS.map((part) => html`<tr key=${part} class=${part === "authorised" ? "first" : ""}><th scope="row"><${State} state=${part} /></th><td>${count(items[part])}</td><td>${count(relationships[part])}</td></tr>`)}
      </tbody></table></div>`}
  </section>`;
}
