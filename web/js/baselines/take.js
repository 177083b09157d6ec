// Taking a baseline: a name, what it is for, and what part of the CMDB it speaks of.
import { html, useState } from "../ui.js";
import { ask, said, useAsk } from "../graphql.js";
import { Refused } from "../parts.js";
import { Search } from "../search.js";
import { plain } from "../words.js";

const SERVICES = ["service"];

/** `done(baseline)` is called with what was taken. */
export function TakeForm({ done, close }) {
  const [draft, setDraft] = useState({ name: "", purpose: "", kind: "WHOLE", type: "", service: null });
  const [state, setState] = useState({ busy: false, problem: null });
  const types = useAsk("RelationWords", draft.kind === "TYPE" ? {} : null).data?.types ?? [];
  const put = (part) => setDraft({ ...draft, ...part });
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true, problem: null });
    const scope = { WHOLE: { kind: "WHOLE" }, SERVICE: { kind: "SERVICE", service: draft.service?.id }, TYPE: { kind: "TYPE", types: [draft.type] } }[draft.kind];
    try {
      const { takeBaseline } = await ask("TakeBaseline", { input: { name: draft.name.trim(), purpose: draft.purpose.trim(), scope } });
      done(takeBaseline.baseline);
    } catch (problem) {
      setState({ busy: false, problem: said(problem) });
    }
  };
  return html`<form class="panel take-form" aria-label="Take a baseline" onSubmit=${submit}>
    <p class="small muted">A baseline designates the state of now. It costs nothing, copies nothing, and its name is for ever.</p>
    <label class="stacked">Name <input required maxlength="200" value=${draft.name} onInput=${(event) => put({ name: event.target.value })} placeholder="2026-Q4" /></label>
    <label class="stacked">What for <input required maxlength="1000" value=${draft.purpose} onInput=${(event) => put({ purpose: event.target.value })} placeholder="Before the release of December" /></label>
    <label class="stacked">Scope <select value=${draft.kind} onChange=${(event) => put({ kind: event.target.value })}><option value="WHOLE">everything</option><option value="SERVICE">a service with all it depends on</option><option value="TYPE">items of a type</option></select></label>
    ${draft.kind === "TYPE" && html`<label class="stacked">Type <select required value=${draft.type} onChange=${(event) => put({ type: event.target.value })}><option value="">choose …</option>${types.map((one) => html`<option key=${one.name} value=${one.name}>${plain(one.name)}</option>`)}</select></label>`}
    ${draft.kind === "SERVICE" && (draft.service ? html`<p>Of <strong>${draft.service.name}</strong> <button type="button" class="quiet" aria-label=${`Choose another than ${draft.service.name}`} onClick=${() => put({ service: null })}>×</button></p>`
      : html`<${Search} id="take-service" label="Service" types=${SERVICES} placeholder="Find the service …" onPick=${(item) => put({ service: item })} />`)}
    ${state.problem && html`<${Refused} problem=${state.problem} />`}
    <div class="actions"><button disabled=${state.busy || (draft.kind === "SERVICE" && !draft.service)}>Take it</button><button type="button" class="quiet" onClick=${close}>Cancel</button></div></form>`;
}
