// The planned audits, each with its latest score.
import { html, useEffect } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Ago, Loading, Refused } from "../parts.js";
import { count, plain } from "../words.js";
import { ScoreBar } from "../audit/scores.js";
import { frequencyWords, percent } from "../audit/words.js";

export function AuditsPage() {
  const { data, problem, loading } = useAsk("Audits", {});
  useEffect(() => {
    document.title = "Audits · CMDB";
  }, []);
  return html`<article class="audit"><header class="page-head"><h1>Audits of the CMDB</h1></header>
    ${problem && html`<${Refused} problem=${problem} />`}
    ${!data && loading && html`<${Loading} what="the audits" />`}
    ${data && html`<section class="panel" aria-label="Planned audits">
      ${data.audits.length === 0 && html`<p>No audit is planned yet. An auditor plans one with <code>cmdb audit plan</code> or the mutation <code>planAudit</code>: scope, criteria, how often, by whom.</p>`}
      ${data.audits.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="Planned audits"><table><thead><tr><th scope="col">Audit</th><th scope="col">Scope</th><th scope="col">Auditor</th><th scope="col">How often</th><th scope="col">Runs</th><th scope="col">Latest</th><th scope="col">Score</th><th scope="col">Overdue</th></tr></thead>
        <tbody>${data.audits.map((one) => html`<tr key=${one.id}><th scope="row"><a href=${auditLink(one.id)}>${one.name}</a>${one.state !== "planned" && html` <span class="small muted">${plain(one.state)}</span>`}</th><td>${scopeWords(one.scopeText)}</td><td>${one.auditor}</td><td>${frequencyWords(one.frequency)}</td><td>${count(one.runCount)}</td>
          <td class="age">${one.lastRun ? html`<${Ago} time=${one.lastRun.time} />` : "not yet"}</td><td class="age">${one.lastRun ? html`${percent(one.lastRun.score.share)} <${ScoreBar} score=${one.lastRun.score} />` : ""}</td><td>${one.lastRun?.counts.overdue ? html`<strong class="worse">! ${count(one.lastRun.counts.overdue)}</strong>` : ""}</td></tr>`)}</tbody></table></div>`}
    </section>`}</article>`;
}

export function scopeWords(text) {
  return text === "whole" ? "everything" : plain(text);
}

export function auditLink(id, run) {
  return `#/audit/${encodeURIComponent(id)}${run ? `?run=${encodeURIComponent(run)}` : ""}`;
}
