// How the score moved over the runs: a line, and the same as a table.
import { html, useState } from "../ui.js";
import { commitLink } from "../parts.js";
import { count, moment, plain } from "../words.js";
import { moved, percent } from "./words.js";

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [640, 220, 46, 12, 30];

/** `trend`: lines of the whole, of types and of services; `runLink(id)`: the way to a run; `chosen`: the run that is shown. */
export function Trend({ trend, runLink, chosen }) {
  const [which, setWhich] = useState("whole");
  const lines = { whole: trend.whole };
  trend.byItemType.forEach((line) => { lines[`type:${line.name}`] = line; });
  trend.byAuditedService.forEach((line) => { lines[`service:${line.id ?? line.name}`] = line; });
  const runs = new Map(trend.whole.points.map((one) => [one.number, one]));
  const picked = lines[which] ?? trend.whole;
  const line = { ...picked, points: picked.points.map((one) => ({ ...runs.get(one.number), ...one })).filter((one) => one.runId) };
  const option = ([key, one]) => html`<option key=${key} value=${key}>${plain(one.name)}</option>`;
  const part = (prefix) => Object.entries(lines).filter(([key]) => key.startsWith(prefix));
  return html`<section class="panel trend" aria-labelledby="trend-title"><div class="tools"><h2 id="trend-title">Trend</h2><span class="spread"></span>
      <label>Of <select value=${which} onChange=${(event) => setWhich(event.target.value)}><option value="whole">everything</option>
        ${part("type:").length > 0 && html`<optgroup label="Types">${part("type:").map(option)}</optgroup>`}
        ${part("service:").length > 0 && html`<optgroup label="Services">${part("service:").map(option)}</optgroup>`}</select></label></div>
    ${line.points.length === 0 && html`<p>It has not been run yet.</p>`}
    ${line.points.length === 1 && html`<p class="small muted">One run so far: a trend needs two.</p>`}
    ${line.points.length > 0 && html`<div class="two-even"><${Chart} points=${line.points} />
      <div class="scroll" tabindex="0" role="group" aria-label="Scores of the runs"><table class="numbers"><thead><tr><th scope="col">Run</th><th scope="col">When</th><th scope="col">Commit</th><th scope="col">Score</th><th scope="col">Hold</th></tr></thead>
        <tbody>${[...line.points].reverse().map((one) => html`<tr key=${one.runId} class=${one.runId === chosen ? "picked" : ""}><th scope="row"><a href=${runLink(one.runId)} aria-current=${one.runId === chosen ? "true" : undefined}>${one.number}</a></th><td>${moment(one.time)}</td>
          <td><a href=${commitLink(one.seq)}>${one.seq}</a></td><td>${percent(one.score.share)}</td><td>${count(one.score.passed)} of ${count(one.score.subjects)}</td></tr>`)}</tbody></table>
        <p class="small muted">${moved(line.change)}</p></div></div>`}</section>`;
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
