// Adding a relationship to try it out: two items, chosen in the picture or by name, and one of the relationships they may have.
import { html, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Loading, Refused, TypeName } from "../parts.js";
import { Search } from "../search.js";
import { Panel } from "./panel.js";
import { possible } from "./relations.js";

/** `ends`: up to two items `{ id, name, type }`; `on.end(index, item)`, `on.tie(relation)`, `on.close()`; `focus`: as in `panel.js`. */
export function Connect({ ends, on, focus }) {
  const words = useAsk("RelationWords", {});
  const [chosen, setChosen] = useState(0);
  const [one, other] = ends;
  const choices = one && other && words.data ? possible(words.data, one, other) : null;
  const at = Math.min(chosen, Math.max(0, (choices?.length ?? 1) - 1));
  const add = (event) => {
    event.preventDefault();
    const { type, source, target } = choices[at];
    on.tie({ type, source, target });
  };
  return html`<${Panel} id="connect-title" of=${ends.filter(Boolean).length} name="connect" title="Try another relationship" closes="Close the form" close=${on.close} focus=${focus}>
    <p class="small muted">Click two items in the picture, or find them by name: first the one whose trouble travels, then the one it would reach. Nothing is written.</p>
    <form onSubmit=${add}>
      <${End} number=${0} title="First item" end=${one} on=${on} />
      <${End} number=${1} title="Second item" end=${other} on=${on} />
      ${words.problem && html`<${Refused} problem=${words.problem} />`}
      ${one && other && !words.data && words.loading && html`<${Loading} what="relationships" />`}
      ${choices?.length === 0 && html`<p>No relationship that passes failure on may stand between these two. Choose others.</p>`}
      ${choices?.length > 0 && html`<fieldset class="choices"><legend>Relationship</legend>
        ${choices.map((choice, index) => html`<label key=${choice.words + choice.type}><input type="radio" name="tie" checked=${index === at} onChange=${() => setChosen(index)} />
          <span>${choice.words}${choice.need === "soft" ? " (soft)" : ""}${choice.reaches === one.id && html` <span class="small muted">(trouble goes the other way)</span>`}</span></label>`)}</fieldset>
        <button>Add to the what-if</button>`}
    </form>
  <//>`;
}

function End({ number, title, end, on }) {
  if (end) {
    return html`<p class="row"><span><span class="muted">${title}</span> <strong>${end.name}</strong> <${TypeName} type=${end.type} /></span>
      <button type="button" class="quiet" aria-label=${`Choose another than ${end.name}`} onClick=${() => on.end(number, null)}>×</button></p>`;
  }
  return html`<${Search} id=${`end-${number}`} label=${title} placeholder="Click it in the picture, or find it …" onPick=${(item) => on.end(number, item)} />`;
}
