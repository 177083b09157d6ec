// Adding a relationship to try it out: two items, chosen in the picture or by name, and one of the relationships they may have.
import { html, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Loading, Refused, TypeName } from "../parts.js";
import { Search } from "../search.js";
import { possible } from "./relations.js";

/** `ends`: up to two items `{ id, name, type }`; `on.end(index, item)`, `on.tie(relation)`, `on.close()`. */
export function Connect({ ends, on }) {
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
  return html`<section class="panel connect" aria-labelledby="connect-title">
    <div class="panel-head"><h2 id="connect-title">Try another relationship</h2><button class="quiet" onClick=${on.close} aria-label="Close the form">×</button></div>
    <p class="small muted">Click two items in the picture, or find them by name. Nothing is written.</p>
    <form onSubmit=${add}>
      <${End} number=${0} title="One item" end=${one} on=${on} />
      <${End} number=${1} title="The other" end=${other} on=${on} />
      ${words.problem && html`<${Refused} problem=${words.problem} />`}
      ${one && other && !words.data && words.loading && html`<${Loading} what="relationships" />`}
      ${choices?.length === 0 && html`<p>No relationship that passes failure on may stand between these two. Choose others.</p>`}
      ${choices?.length > 0 && html`<label class="stacked">Relationship <select value=${at} onChange=${(event) => setChosen(Number(event.target.value))}>
        ${choices.map((choice, index) => html`<option key=${choice.words + choice.type} value=${index}>${choice.words}${choice.need === "soft" ? " (soft)" : ""}</option>`)}</select></label>
        <button>Add to the what-if</button>`}
    </form>
  </section>`;
}

function End({ number, title, end, on }) {
  if (end) {
    return html`<p class="row"><span><span class="muted">${title}</span> <strong>${end.name}</strong> <${TypeName} type=${end.type} /></span>
      <button type="button" class="quiet" aria-label=${`Choose another than ${end.name}`} onClick=${() => on.end(number, null)}>×</button></p>`;
  }
  return html`<${Search} id=${`end-${number}`} label=${title} placeholder="Click it in the picture, or find it …" onPick=${(item) => on.end(number, item)} />`;
}
