// Running an audit now, and a run that is under way: it goes on by itself in the background, so the page looks now and then how far it is,
// also for who comes back later or was not who started it.
import { html, useEffect, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { commitLink, Refused } from "../parts.js";
import { count, many } from "../words.js";
import { lasted, tookSeconds } from "./words.js";

const PAUSE = 2_000;
const MAY = ["auditor", "administrator"];

export function underWay(run) {
  return run?.state === "queued" || run?.state === "running";
}

/** `begun()` is called once the run is asked for. */
export function RunNow({ audit, roles, begun }) {
  const [state, setState] = useState({ busy: false, problem: null });
  if (audit.state !== "planned" || !(roles ?? []).some((role) => MAY.includes(role))) return null;
  const run = async () => {
    setState({ busy: true, problem: null });
    try {
      await ask("RunAudit", { audit: audit.id, wait: false });
      setState({ busy: false, problem: null });
      begun();
    } catch (problem) {
      setState({ busy: false, problem: said(problem) });
    }
  };
  const going = underWay(audit.lastRun);
  return html`<button disabled=${state.busy || going} onClick=${run}>${going ? "A run is under way" : "Run it now"}</button>${state.problem && html`<${Refused} problem=${state.problem} />`}`;
}

/** The run that is under way; `ended()` is called when it is no longer. How far it is nobody records: what it does, for how long, and how
 * long the one before took are said instead. */
export function UnderWay({ audit, ended }) {
  const { lastRun: asked } = audit;
  const [runs, setRuns] = useState([]);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    let live = true;
    let timer = null;
    const look = async () => {
      try {
        const found = (await ask("AuditRuns", { audit: audit.id, first: 10 })).auditRuns.nodes;
        if (!live) return;
        setRuns(found);
        if (!underWay(found.find((one) => one.id === asked.id))) {
          ended();
          return;
        }
      } catch {
        // the server may be away for a moment: the next look tells
      }
      if (live) timer = setTimeout(look, PAUSE);
    };
    look();
    const clock = setInterval(() => setNow(Date.now()), 1_000);
    return () => {
      live = false;
      clearTimeout(timer);
      clearInterval(clock);
    };
  }, [asked.id]);
  const run = runs.find((one) => one.id === asked.id) ?? asked;
  const before = runs.find((one) => one.id !== asked.id && one.state === "done");
  return html`<section class="panel" aria-labelledby="going-title"><h2 id="going-title">Run ${run.number} is under way</h2>
    <p role="status">${run.state === "queued" ? "It waits for a worker, which looks for work every 15 seconds." : html`It looks at commit <a href=${commitLink(run.seq)}>${run.seq}</a>: it reads every item and relationship, then makes ${many(audit.criteria.length, "check")} and files what they find.`}</p>
    <p><progress aria-label=${`Run ${run.number}`}></progress> ${lasted((now - Date.parse(run.time)) / 1_000)} since ${run.startedBy} asked for it${before && html`; run ${before.number} took ${lasted(tookSeconds(before))} over ${count(before.items)} items`}.</p>
    <p class="small muted">It goes on when you leave; this page shows it when you come back.</p></section>`;
}
