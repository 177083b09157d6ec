// Running an audit now. The run goes on by itself in the background; the page looks now and then how far it is.
import { html, useEffect, useRef, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { Refused } from "../parts.js";

const PAUSE = 1_000;
const MAY = ["auditor", "administrator"];

/** `done(run)` is called with the id of the run once it has ended. */
export function RunNow({ audit, roles, done }) {
  const [state, setState] = useState({ busy: false, problem: null });
  const live = useRef(true);
  useEffect(() => () => { live.current = false; }, []);
  if (audit.state !== "planned" || !(roles ?? []).some((role) => MAY.includes(role))) return null;
  const run = async () => {
    setState({ busy: true, problem: null });
    try {
      let { run: found } = (await ask("RunAudit", { audit: audit.id, wait: false })).runAudit;
      while (live.current && !["done", "failed"].includes(found.state)) {
        await new Promise((ready) => { setTimeout(ready, PAUSE); });
        found = (await ask("AuditRun", { id: found.id, first: 1 })).auditRun;
      }
      if (!live.current) return;
      setState({ busy: false, problem: null });
      done(found.id);
    } catch (problem) {
      if (live.current) setState({ busy: false, problem: said(problem) });
    }
  };
  return html`<button disabled=${state.busy} onClick=${run}>${state.busy ? "Running …" : "Run it now"}</button>${state.problem && html`<${Refused} problem=${state.problem} />`}`;
}
