// The whole answer for other programs, however large: asked of REST, which streams it.
import { html, useState } from "../ui.js";
import { save } from "./drawing.js";

const FORMATS = [["csv", "All items as CSV"], ["ndjson", "All items as NDJSON"], ["graphml", "Graph as GraphML"], ["svg", "Drawing by the server as SVG"]];
const MOST = 100; // roots that go into an address

/** `revision`: the commit the answer stands at; the export is of the same. */
export function WholeExports({ state, revision, tried }) {
  const [problem, setProblem] = useState("");
  if (!state.roots.length) return null;
  const level = state.roots[0].level;
  const plain = state.roots.length <= MOST && state.roots.every((root) => root.level === level);
  const link = (format) => {
    const said = new URLSearchParams({ format, level: level.toLowerCase(), as_of: String(revision) });
    state.roots.forEach((root) => said.append("root", root.id));
    return `/impact/export?${said}`;
  };
  const fetched = (format) => async () => {
    const roots = state.roots.map((root) => ({ item: root.id, level: root.level.toLowerCase() }));
    try {
      const answer = await fetch(`/impact/export?format=${format}`, { method: "POST", credentials: "same-origin", headers: { "content-type": "application/json" },
        body: JSON.stringify({ roots, as_of: String(revision) }) });
      if (!answer.ok) throw new Error((await answer.json()).detail ?? `status ${answer.status}`);
      save(`impact-${revision}.${format}`, await answer.blob(), answer.headers.get("content-type"));
      setProblem("");
    } catch (fault) {
      setProblem(`That did not work: ${fault.message}`);
    }
  };
  return html`<hr />${FORMATS.map(([format, words]) => (plain
    ? html`<a key=${format} class="button quiet" href=${link(format)} download>${words}</a>`
    : html`<button key=${format} class="quiet" onClick=${fetched(format)}>${words}</button>`))}
    ${tried && html`<p class="small muted">These four leave out what is tried out.</p>`}<p class="small" role="status">${problem}</p>`;
}
