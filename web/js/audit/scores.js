// Scores: a bar with its share in words, never the bar alone.
import { html } from "../ui.js";
import { itemLink } from "../parts.js";
import { count, plain } from "../words.js";
import { percent, SEVERITIES } from "./words.js";

export function ScoreBar({ score }) {
  return html`<span class="score-bar" aria-hidden="true"><span class="score-fill" style=${{ width: `${(score.share ?? 0) * 100}%` }}></span></span>`;
}

export function Severity({ severity }) {
  const { mark, word } = SEVERITIES[severity] ?? { mark: "?", word: plain(severity) };
  return html`<span class=${`severity severity-${severity}`}><span aria-hidden="true">${mark}</span> ${word}</span>`;
}

/** `scores`: `[{ name, id, score }]`, worst first. */
export function Scores({ id, title, scores, none }) {
  return html`<section class="panel" aria-labelledby=${id}><h2 id=${id}>${title}</h2>
    ${scores.length === 0 && html`<p>${none}</p>`}
    ${scores.length > 0 && html`<div class="scroll tall" tabindex="0" role="group" aria-label=${title}><table class="numbers"><thead><tr><th scope="col">Name</th><th scope="col">Score</th><th scope="col">Hold</th><th scope="col"><span class="unseen">Bar</span></th></tr></thead>
      <tbody>${scores.map((one) => html`<tr key=${one.id ?? one.name}><th scope="row">${one.id ? html`<a href=${itemLink(one.id)}>${one.name}</a>` : plain(one.name)}</th><td>${percent(one.score.share)}</td>
        <td>${count(one.score.passed)} of ${count(one.score.subjects)}</td><td class="bar-cell"><${ScoreBar} score=${one.score} /></td></tr>`)}</tbody></table></div>`}</section>`;
}
