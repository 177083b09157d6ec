// The planned audits, each with its latest score.
import { html, useEffect } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Ago, Loading, Refused } from "../parts.js";
import { count, plain } from "../words.js";
import { Command } from "../audit/command.js";
import { underWay } from "../audit/run.js";
import { ScoreBar } from "../audit/scores.js";
import { frequencyWords, percent } from "../audit/words.js";

export function AuditsPage() {
  const { data, problem, loading } = useAsk("Audits", {});
  const me = useAsk("Me", {}).data?.me;
  useEffect(() => {
    document.title = "Audits · CMDB";
  }, []);
  return html`<article class="audit"><header class="page-head"><h1>Audits of the CMDB</h1></header>
    ${problem && html`<${Refused} problem=${problem} />`}
    ${!data && loading && html`<${Loading} what="the audits" />`}
    ${data && html`<section class="panel" aria-label="Planned audits">
      ${data.audits.length === 0 && html`<${First} name=${me?.name} />`}
      ${data.audits.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="Planned audits"><table><thead><tr><th scope="col">Audit</th><th scope="col">Scope</th><th scope="col">Auditor</th><th scope="col">How often</th><th scope="col">Runs</th><th scope="col">Latest</th><th scope="col">Score</th><th scope="col">Overdue</th></tr></thead>
        <tbody>${data.audits.map((one) => html`<tr key=${one.id}><th scope="row"><a href=${auditLink(one.id)}>${one.name}</a>${one.state !== "planned" && html` <span class="small muted">${plain(one.state)}</span>`}</th><td>${scopeWords(one.scopeText)}</td><td>${one.auditor}</td><td>${frequencyWords(one.frequency)}</td><td>${count(one.runCount)}</td>
          <td class="age">${underWay(one.lastRun) ? `run ${one.lastRun.number} is under way` : one.lastRun ? html`<${Ago} time=${one.lastRun.time} />` : "not yet"}</td><td class="age">${one.lastRun && !underWay(one.lastRun) ? html`${percent(one.lastRun.score.share)} <${ScoreBar} score=${one.lastRun.score} />${one.lastRun.scoreLeavesAside && html`<div class="small">! beside: ${one.lastRun.scoreLeavesAside}</div>`}` : ""}</td><td>${one.lastRun?.counts.overdue ? html`<strong class="worse">! ${count(one.lastRun.counts.overdue)}</strong>` : ""}</td></tr>`)}</tbody></table></div>`}
    </section>`}</article>`;
}

/** The way to the first audit, for who has none: what to type, ready to be copied. */
function First({ name }) {
  return html`<h2>No audit is planned yet</h2>
    <p>An audit says what part of the CMDB is looked at, by which checks, how often and by whom; then each run scores it and files what is wrong. Plan the first one at a terminal of the machine that runs the CMDB. This one looks at everything by all checks that come with the product, every three months:</p>
    <${Command} text=${`cmdb audit plan "Quarterly audit" --objective "Is the CMDB what it says?" --frequency "0 3 1 */3 *"${name ? ` --auditor ${quoted(name)}` : ""}`} />
    <p>Then run it for the first time, here or there:</p><${Command} text=${'cmdb audit run "Quarterly audit"'} />
    <p class="small muted">Who audits must own nothing of what is looked at. <code>cmdb audit criteria</code> lists the checks; <code>cmdb audit plan --help</code> tells how to choose among them and how to look at one service or type only.</p>`;
}

/** A name as a shell takes it. */
export function quoted(name) {
  return `"${name.replace(/["\\$`]/g, "\\$&")}"`;
}

export function scopeWords(text) {
  return text === "whole" ? "everything" : plain(text);
}

export function auditLink(id, run) {
  return `#/audit/${encodeURIComponent(id)}${run ? `?run=${encodeURIComponent(run)}` : ""}`;
}
