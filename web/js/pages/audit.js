// One audit: what was planned, how its score moved, and what a run found.
import { html, useEffect, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { commitLink, Loading, Menu, Refused } from "../parts.js";
import { count, many, moment, plain } from "../words.js";
import { Command } from "../audit/command.js";
import { Findings } from "../audit/findings.js";
import { RunNow, UnderWay, underWay } from "../audit/run.js";
import { ScoreBar, Scores, Severity } from "../audit/scores.js";
import { Trend } from "../audit/trend.js";
import { frequencyWords, percent } from "../audit/words.js";
import { auditLink, quoted, scopeWords } from "./audits.js";

export function AuditPage({ id, query }) {
  const [round, setRound] = useState(0); // asks again after a run
  const asked = new URLSearchParams(query).get("run");
  const { data, problem, loading } = useAsk("Audit", { id, round });
  const roles = useAsk("Me", {}).data?.me.roles;
  const audit = data?.audit;
  const going = underWay(audit?.lastRun);
  const newest = going ? audit.trend.whole.points.at(-1)?.runId : audit?.lastRun?.id; // a run that is under way has nothing to show yet
  const run = (asked === audit?.lastRun?.id ? null : asked) ?? newest ?? null;
  const shown = useAsk("AuditRun", run && { id: run, first: 1 });
  const found = shown.data?.auditRun;
  useEffect(() => {
    document.title = `${audit?.name ?? "Audit"} · CMDB`;
  }, [audit?.name]);
  if (problem) return html`<${Refused} problem=${problem} />`;
  if (!data && loading) return html`<${Loading} what="the audit" />`;
  if (!audit) return html`<article><h1>Not there</h1><p class="lead">There is no audit of this name or id. <a href="#/audits">All audits</a></p></article>`;
  return html`<article class="audit">
    <header class="page-head"><div><p class="small"><a href="#/audits">Audits</a></p><h1>${audit.name}</h1><p class="muted">${audit.objective}</p></div>
      <div class="actions"><${RunNow} audit=${audit} roles=${roles} begun=${() => setRound(round + 1)} />${found && html`<${Export} audit=${audit} run=${found} />`}<button class="quiet" onClick=${() => print()}>Print</button></div></header>
    ${going && html`<${UnderWay} key=${audit.lastRun.id} audit=${audit} ended=${() => { setRound(round + 1); location.hash = auditLink(audit.id); }} />`}
    <${Plan} audit=${audit} />
    <${Trend} trend=${audit.trend} chosen=${run} runLink=${(one) => auditLink(audit.id, one)} />
    ${!run && !going && html`<section class="panel"><h2>No run yet</h2><p>Run it with the button above${audit.frequency && ", or wait for its schedule"}, or at a terminal of the machine that runs the CMDB:</p><${Command} text=${`cmdb audit run ${quoted(audit.name)}`} /></section>`}
    ${shown.problem && html`<${Refused} problem=${shown.problem} />`}
    ${run && !found && shown.loading && html`<${Loading} what="the run" />`}
    ${found && html`<${Run} run=${found} />
      <div class="two-even"><${Scores} id="by-type" title="Scores by type, worst first" scores=${found.scoresByType} none="No type was looked at." />
        <${Scores} id="by-service" title="Scores by service, worst first" scores=${found.scoresByService} none="No service was looked at." /></div>
      ${found.servicesLeftOut > 0 && html`<p class="notice">${many(found.servicesLeftOut, "more service")} without a score of their own: only the first 2,000 get one.</p>`}
      <${Checks} checks=${found.checks} />
      <${Findings} key=${found.id} run=${found.id} checks=${found.checks} />`}
  </article>`;
}

const FORMATS = { html: "HTML, to print and file", csv: "CSV, for a spreadsheet", json: "JSON, for programs" };

/** The report of the run that is shown, as files. */
function Export({ audit, run }) {
  const link = (format) => `/audits/${encodeURIComponent(audit.id)}/runs/${encodeURIComponent(run.id)}/report?format=${format}`;
  return html`<${Menu} label="Export"><div class="exports">${Object.entries(FORMATS).map(([format, words]) => html`<a key=${format} class="button quiet" href=${link(format)} download>${words}</a>`)}</div><//>`;
}

function Plan({ audit }) {
  return html`<section class="panel" aria-labelledby="plan-title"><h2 id="plan-title">Plan</h2><dl class="pairs">
    <dt>Scope</dt><dd>${scopeWords(audit.scopeText)}</dd><dt>Criteria</dt><dd>${many(audit.criteria.length, "check")}</dd><dt>Auditor</dt><dd>${audit.auditor}</dd><dt>How often</dt><dd>${frequencyWords(audit.frequency)}</dd>
    <dt>Planned</dt><dd>by ${audit.plannedBy}, ${moment(audit.plannedAt)}</dd>${audit.state !== "planned" && html`<dt>State</dt><dd>${plain(audit.state)}${audit.closedReason && html`: “${audit.closedReason}”`}</dd>`}</dl></section>`;
}

const COUNTS = { new: "new", again: "found again", reopened: "opened again", gone: "no longer found", accepted: "accepted", overdue: "overdue", unowned: "owned by nobody" };

function Run({ run }) {
  const counts = Object.entries(COUNTS).filter(([key]) => run.counts[key]);
  return html`<section class="panel" aria-labelledby="run-title"><h2 id="run-title">Run ${run.number} <span class="muted">${plain(run.state)}</span></h2>
    ${run.problem && html`<p class="notice bad">${run.problem}</p>`}
    <p class="share"><strong>${percent(run.score.share)}</strong>: ${count(run.score.passed)} of ${many(run.score.subjects, "live item")} are without a major or minor deficiency <${ScoreBar} score=${run.score} /></p>
    ${run.scoreLeavesAside && html`<p class="notice bad">Beside them: <strong>${run.scoreLeavesAside}</strong>.</p>`}
    <p>${counts.length ? counts.map(([key, word]) => `${count(run.counts[key])} ${word}`).join(", ") : "Nothing was found wrong"}.</p>
    <dl class="pairs"><dt>Looked at</dt><dd>commit <a href=${commitLink(run.seq)}>${run.seq}</a>, ${many(run.items, "item")}, ${many(run.relations, "relationship")}</dd><dt>When</dt><dd>${moment(run.time)}, by ${run.startedBy}</dd>
      <dt>Digest</dt><dd><code class="hash">${run.digest}</code></dd></dl></section>`;
}

function Checks({ checks }) {
  return html`<section class="panel" aria-labelledby="checks-title"><h2 id="checks-title">Checks</h2><div class="scroll" tabindex="0" role="group" aria-label="Checks"><table class="numbers"><thead><tr><th scope="col">Check</th><th scope="col" class="text">Severity</th><th scope="col" class="text">Requirement</th><th scope="col">Looked at</th><th scope="col">Failed</th><th scope="col">Accepted</th><th scope="col">Score</th></tr></thead>
    <tbody>${checks.map((one) => html`<tr key=${one.check}><th scope="row" class="wraps">${one.title}${one.problem && html`<div class="small worse">! ${one.problem}</div>`}${one.note && html`<div class="small muted">${one.note}</div>`}</th><td class="text"><${Severity} severity=${one.severity} /></td><td class="text">${one.requirement}</td>
      <td>${count(one.subjects)}</td><td>${count(one.failed)}${one.leftOut > 0 && html` <span class="small muted">(${count(one.leftOut)} not filed)</span>`}</td><td>${count(one.accepted)}</td><td>${percent(one.score.share)}</td></tr>`)}</tbody></table></div></section>`;
}
