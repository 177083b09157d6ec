// The sheet for a meeting: everything on paper, with the revision and the date. Built when the browser is about to print.
import { html, render, useEffect, useRef } from "../ui.js";
import { Level } from "../parts.js";
import { BAD_LEVELS, LEVELS, LEVEL_MEANS, count, groupSaid, many, moment, plain } from "../words.js";
import { verdict } from "./differences.js";
import { drawingOf } from "./drawing.js";
import { told } from "./names.js";
import { reason } from "./summary.js";
import { rowsSaid } from "./table.js";
import { because, nameOf } from "./why.js";

const ROWS = 1_000;

/** Prints on `A4` or `A3`, landscape. */
export function printOn(paper) {
  document.documentElement.dataset.paper = paper;
  print();
}

/** `facts`: `{ impact, title, under, tried, differs, rows, total, named, names, hit }`; `hit`: the item whose reason is open, with its path. */
export function PrintSheet(facts) {
  const place = useRef(null);
  const latest = useRef(facts);
  latest.current = facts;
  useEffect(() => {
    const fill = () => {
      render(html`<${Sheet} ...${latest.current} />`, place.current);
      place.current.querySelector(".sheet-picture").innerHTML = drawingOf(latest.current.impact.picture, null, null, latest.current.tried.length > 0);
    };
    const empty = () => {
      if (place.current) render(null, place.current);
      delete document.documentElement.dataset.paper;
    };
    addEventListener("beforeprint", fill);
    addEventListener("afterprint", empty);
    return () => {
      removeEventListener("beforeprint", fill);
      removeEventListener("afterprint", empty);
    };
  }, []);
  return html`<div class="print-sheet" ref=${place}></div>`;
}

function Sheet({ impact, title, under, tried, differs, rows, total, named, names, hit }) {
  return html`
    <h1>${title}</h1><p class="sheet-facts">${under}</p>
    <div class="sheet-picture"></div>
    <div class="sheet-words">
      <p>${impact.complete ? "Complete: everything was followed." : `Not complete: ${told(impact.reason, names)}`}</p>
      ${tried.length > 0 && html`<h2>Tried out, not written</h2><ul class="plain">${tried.map((one) => html`<li>${one}</li>`)}</ul>${differs && !differs.loading && html`<p>It changes: ${verdict(differs)}.</p>`}`}
      ${hit && html`<h2>${hit.root ? nameOf({ affected: hit }) : `Why is ${nameOf({ affected: hit })} ${LEVELS[hit.level].word.toLowerCase()}?`}</h2><ol class="plain">${hit.why.map((step, index) => html`<li>
        <${Level} level=${step.affected.level} word=${false} /> <strong>${nameOf(step)}</strong> ${index ? because(step, hit.why[index - 1]) : "is where it starts."}${step.group && index > 0 && ` ${groupSaid(step.group)}`}</li>`)}</ol>`}
      <h2>Levels</h2><ul class="plain">${BAD_LEVELS.map((level) => html`<li><${Level} level=${level} /> ${count(impact[{ DOWN: "down", DEGRADED: "degraded", AT_RISK: "atRisk" }[level]])}. ${LEVEL_MEANS[level]}</li>`)}</ul>
      <h2>Services, worst first</h2>${impact.services.length === 0 && html`<p>No service is affected.</p>`}
      <ul class="plain">${impact.services.map((one) => html`<li><${Level} level=${one.level} word=${false} /> <strong>${one.item?.name ?? "A retired service"}</strong> ${LEVELS[one.level].word.toLowerCase()}: ${reason(one, names)}</li>`)}</ul>
      ${impact.customers.length > 0 && html`<h2>Customers</h2><ul class="plain">${impact.customers.map((one) => html`<li><${Level} level=${one.level} word=${false} /> ${one.item?.name ?? "A retired customer"}</li>`)}</ul>`}
    </div>
    ${differs && differs.rows.length > 0 && html`<section><h2>What trying it changes: ${verdict(differs)}</h2><table><thead><tr><th>Item</th><th>Type</th><th>As it is</th><th>Tried</th></tr></thead>
      <tbody>${differs.rows.slice(0, ROWS).map((row) => html`<tr><td>${row.name}</td><td>${plain(row.type)}</td><td>${LEVELS[row.before].word}</td><td>${LEVELS[row.after].word} (${row.harm > 0 ? "worse" : "better"})</td></tr>`)}</tbody></table></section>`}
    <section><h2>Affected items: ${rowsSaid(total, named)}${rows && rows.length < total ? `; here the worst ${count(rows.length)}` : ""}</h2>
      <table><thead><tr><th>Level</th><th>Name</th><th>Type</th><th>Owner</th><th>Location</th><th>Status</th></tr></thead>
      <tbody>${(rows ?? []).slice(0, ROWS).map((row) => html`<tr><td><${Level} level=${row.level} /></td><td>${row.item?.name ?? "(retired)"}${row.root ? " (in the question)" : ""}</td><td>${plain(row.type)}</td>
        <td>${row.item?.owner ?? ""}</td><td>${row.item?.location ?? ""}</td><td>${plain(row.item?.status)}</td></tr>`)}</tbody></table></section>
    <p class="sheet-foot">Commit ${impact.revision}. Printed ${moment(new Date().toISOString())} from ${location.host}. ${many(impact.total, "item")} affected.</p>`;
}
