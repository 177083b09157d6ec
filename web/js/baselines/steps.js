// The next step in the life of a baseline, for who may take it. The server has the last word: who took a baseline cannot approve it.
import { html, useState } from "../ui.js";
import { ask, said, useAsk } from "../graphql.js";
import { Refused } from "../parts.js";
import { count, moment } from "../words.js";
import { may } from "./parts.js";

/** `done()` is called after a step. */
export function Steps({ one, roles, done }) {
  const [reason, setReason] = useState("");
  const [designation, setDesignation] = useState(one.designation ?? "");
  const [state, setState] = useState({ busy: false, problem: null });
  const step = (name, variables) => async () => {
    setState({ busy: true, problem: null });
    try {
      await ask(name, variables);
      setState({ busy: false, problem: null });
      done();
    } catch (problem) {
      setState({ busy: false, problem: said(problem) });
    }
  };
  const decides = may(roles, "approve");
  const open = one.state === "TAKEN" || one.state === "APPROVED";
  if (!open && one.seal) return null;
  const called = designation.trim();
  const approval = { baseline: one.id, reason, designation: called === (one.designation ?? "") ? null : called }; // null: it stays
  return html`<section class="panel no-print" aria-labelledby="steps-title"><h2 id="steps-title">Next step</h2>
    ${decides && one.state === "TAKEN" && html`<label class="stacked">Designation once in force <input value=${designation} maxlength="200" placeholder="Production 2026-Q4" onInput=${(event) => setDesignation(event.target.value)} /></label>`}
    ${decides && open && html`<label class="stacked">Reason <input value=${reason} maxlength="1000" onInput=${(event) => setReason(event.target.value)} /></label>`}
    <div class="actions">${decides && one.state === "TAKEN" && html`<button disabled=${state.busy} onClick=${step("ApproveBaseline", { input: approval })}>Approve</button>`}
      ${decides && open && html`<button class="quiet" disabled=${state.busy || !reason.trim()} title=${reason.trim() ? undefined : "Needs a reason"} onClick=${step("WithdrawBaseline", { input: { baseline: one.id, reason } })}>Withdraw</button>`}
      ${!one.seal && html`<button class="quiet" disabled=${state.busy} onClick=${step("SealBaseline", { id: one.id })}>Seal now</button>`}</div>
    ${decides && one.state === "TAKEN" && html`<p class="small muted">Who took it cannot approve it. Withdrawing needs a reason.</p>`}
    ${decides && one.state === "APPROVED" && html`<${Supersede} one=${one} busy=${state.busy} supersede=${(by) => step("SupersedeBaseline", { input: { baseline: one.id, by, reason } })()} />`}
    ${state.problem && html`<${Refused} problem=${state.problem} />`}</section>`;
}

const APPROVED = { state: ["APPROVED"], first: 100 };

/** Another approved baseline takes its place: only one that is in force can. */
function Supersede({ one, busy, supersede }) {
  const [by, setBy] = useState("");
  const { data, problem } = useAsk("Baselines", APPROVED);
  if (problem) return html`<${Refused} problem=${problem} />`;
  if (!data) return null;
  const others = data.baselines.nodes.filter((other) => other.id !== one.id);
  if (!others.length) return html`<p class="small muted">Withdrawing needs a reason. No other baseline is approved that could take its place.</p>`;
  const submit = (event) => {
    event.preventDefault();
    supersede(by);
  };
  return html`<form class="take-its-place" aria-label="Supersede" onSubmit=${submit}>
    <label class="stacked">Superseded by <select required value=${by} onChange=${(event) => setBy(event.target.value)}><option value="">choose the approved baseline that takes its place …</option>
      ${others.map((other) => html`<option key=${other.id} value=${other.id}>${[other.name, other.designation, `commit ${other.seq} of ${moment(other.time)}`].filter(Boolean).join(", ")}</option>`)}</select></label>
    ${data.baselines.totalCount > data.baselines.nodes.length && html`<p class="small muted">The newest ${count(data.baselines.nodes.length)} of ${count(data.baselines.totalCount)} approved ones.</p>`}
    <div class="actions"><button class="quiet" disabled=${busy || !by}>Supersede</button></div>
    <p class="small muted">Both stay. The reason above goes with it; withdrawing needs one.</p></form>`;
}
