// How the score moved over the runs: a line, and the same as a table.
import { html, useMemo, useState } from "../ui.js";
import { commitLink } from "../parts.js";
import { count, moment, plain } from "../words.js";
import { moved, percent } from "./words.js";

const EVERYTHING = "everything";
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [640, 220, 46, 12, 30];

/** `trend`: lines of the whole, of types and of services; `runLink(id)`: the way to a run; `chosen`: the run that is shown. */
export function Trend({ trend, runLink, chosen }) {
  const [which, setWhich] = useState(EVERYTHING);
  const lines = useMemo(() => linesOf(trend), [trend]);
  const runs = new Map(trend.whole.points.map((one) => [one.number, one]));
  const picked = lines.get(which.trim()) ?? trend.whole;
  const line = { ...picked, points: picked.points.map((one) => ({ ...runs.get(one.number), ...one })).filter((one) => one.runId) };
  return html`<section class="panel trend" aria-labelledby="trend-title"><div class="tools"><h2 id="trend-title">Trend</h2><span class="spread"></span>
      <datalist id="trend-lines">${[...lines.keys()].map((words) => html`<option key=${words} value=${words} />`)}</datalist>
      <label>Of <input type="search" list="trend-lines" value=${which} onInput=${(event) => setWhich(event.target.value)} onFocus=${(event) => event.target.select()}
        onBlur=${() => lines.has(which.trim()) || setWhich(EVERYTHING)} /></label></div>
    ${!lines.has(which.trim()) && html`<p class="small muted" role="status">Type on, or choose: everything, a type or a service. Shown is everything.</p>`}
    ${line.points.length === 0 && html`<p>No run has ended yet.</p>`}
    ${line.points.length === 1 && html`<p class="small muted">One run so far: a trend needs two.</p>`}
    ${line.points.length > 0 && html`<div class="two-even"><${Chart} points=${line.points} />
      <div class="scroll" tabindex="0" role="group" aria-label="Scores of the runs"><table class="numbers"><thead><tr><th scope="col">Run</th><th scope="col">When</th><th scope="col">Commit</th><th scope="col">Score</th><th scope="col">Hold</th></tr></thead>
        <tbody>${[...line.points].reverse().map((one) => html`<tr key=${one.runId} class=${one.runId === chosen ? "picked" : ""}><th scope="row"><a href=${runLink(one.runId)} aria-current=${one.runId === chosen ? "true" : undefined}>${one.number}</a></th><td>${moment(one.time)}</td>
          <td><a href=${commitLink(one.seq)}>${one.seq}</a></td><td>${percent(one.score.share)}</td><td>${count(one.score.passed)} of ${count(one.score.subjects)}</td></tr>`)}</tbody></table>
        <p class="small muted">${moved(line.change)}</p></div></div>`}</section>`;
}

/** The lines by what they are called: services may be many, so they are found by typing. */
function linesOf(trend) {
  const found = new Map([[EVERYTHING, trend.whole]]);
  const put = (words, line) => found.set(found.has(words) ? `${words} ${line.id ?? ""}` : words, line);
  trend.byItemType.forEach((line) => put(`${plain(line.name)} (type)`, line));
  trend.byAuditedService.forEach((line) => put(`${line.name} (service)`, line));
  return found;
}

function Chart({ points }) {
  const seen = points.filter((one) => one.score.share !== null);
  if (!seen.length) return html`<p>There was nothing to look at.</p>`;
  const shares = seen.map((one) => one.score.share);
  const lowest = Math.max(0, Math.floor((Math.min(...shares) - 0.05) * 10) / 10);
  const x = (index) => LEFT + (points.length === 1 ? (WIDTH - LEFT) / 2 : (index * (WIDTH - LEFT - 16)) / (points.length - 1));
  const y = (share) => TOP + ((1 - share) / (1 - lowest || 1)) * (HEIGHT - TOP - BOTTOM);
  const marks = [lowest, (1 + lowest) / 2, 1];
  const every = Math.ceil(points.length / 12);
  return html`<svg class="chart" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`Score of ${points.length} runs, from ${percent(points[0].score.share)} to ${percent(points.at(-1).score.share)}`}>
    ${marks.map((mark) => html`<g key=${mark}><line class="grid" x1=${LEFT} x2=${WIDTH} y1=${y(mark)} y2=${y(mark)} /><text class="tick" x=${LEFT - 6} y=${y(mark) + 4} text-anchor="end">${Math.round(mark * 100)} %</text></g>`)}
    <polyline class="line" points=${seen.map((one) => `${x(points.indexOf(one))},${y(one.score.share)}`).join(" ")} />
    ${points.map((one, index) => html`<g key=${one.runId}>${one.score.share !== null && html`<circle class="dot" cx=${x(index)} cy=${y(one.score.share)} r="4.5" />`}
      ${(index % every === 0 || index === points.length - 1) && html`<text class="tick" x=${x(index)} y=${HEIGHT - 8} text-anchor="middle">${one.number}</text>`}</g>`)}
  </svg>`;
}
