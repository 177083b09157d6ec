// What is compared: two points and a profile.
import { html, useEffect, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { moment } from "../words.js";

/** What the server takes where no profile is named. */
const USUAL = "everything";

/** `baselines`: those there are, for the list of suggestions; `go({ from, to, profile })`. */
export function CompareForm({ state, baselines, go }) {
  const [draft, setDraft] = useState(state);
  useEffect(() => setDraft(state), [state]);
  const profiles = useAsk("CompareProfiles", {}).data?.compareProfiles ?? [{ name: USUAL, description: "" }];
  const put = (name) => (event) => setDraft({ ...draft, [name]: event.target.value });
  const submit = (event) => {
    event.preventDefault();
    go({ from: draft.from.trim(), to: draft.to.trim() || "now", profile: draft.profile === USUAL ? "" : draft.profile });
  };
  return html`<form class="compare-form panel" aria-label="What is compared" onSubmit=${submit}>
    <datalist id="points"><option value="now">the present</option>${baselines.map((one) => html`<option key=${one.id} value=${one.name}>baseline, commit ${one.seq} of ${moment(one.time)}</option>`)}</datalist>
    <label class="stacked">From <input list="points" required value=${draft.from} onInput=${put("from")} placeholder="a baseline, a commit, a time" /></label>
    <button type="button" class="quiet swap" aria-label="Swap the two sides" onClick=${() => setDraft({ ...draft, from: draft.to, to: draft.from })}>⇄</button>
    <label class="stacked">To <input list="points" required value=${draft.to} onInput=${put("to")} /></label>
    <label class="stacked">Profile <select value=${draft.profile || USUAL} onChange=${put("profile")}>
      ${profiles.map((one) => html`<option key=${one.name} value=${one.name} title=${one.description}>${one.name}</option>`)}</select></label>
    <button>Compare</button>
    <p class="small muted">A point is the name of a baseline, the number of a commit, a time such as 2026-11-23T12:00:00+00:00, or now. A profile says what is left out as noise.</p></form>`;
}
