// Search as you type: a combobox after the ARIA pattern. Arrow keys choose, Enter takes, Escape closes.
import { html, useEffect, useRef, useState } from "./ui.js";
import { ask, said } from "./graphql.js";
import { TypeName } from "./parts.js";
import { count } from "./words.js";

const WAIT = 160;
const FIRST = 12;

/** `onPick(item)` is called with what was chosen. `id` must be unique on the page. `types`: only items of these and of types below them. */
export function Search({ id, label, placeholder, onPick, autofocus = false, large = false, hideLabel = false, types = null }) {
  const [words, setWords] = useState("");
  const [found, setFound] = useState(null);
  const [active, setActive] = useState(-1);
  const [open, setOpen] = useState(false);
  const input = useRef(null);

  useEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);
  useEffect(() => {
    const wanted = words.trim();
    if (!wanted) {
      setFound(null);
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      ask("SearchItems", { words: wanted, types, first: FIRST }, stop.signal).then(
        ({ searchItems }) => {
          setFound({ words: wanted, nodes: searchItems.nodes, total: searchItems.totalCount });
          setActive(-1);
        },
        (problem) => problem.name !== "AbortError" && setFound({ words: wanted, nodes: [], total: 0, problem: said(problem) }),
      );
    }, WAIT);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [words, types?.join()]);

  const nodes = found?.nodes ?? [];
  const take = (item) => {
    setOpen(false);
    setWords("");
    onPick(item);
  };
  const keys = (event) => {
    if (event.key === "Escape") setOpen(false);
    else if (event.key === "Enter") {
      const chosen = nodes[Math.max(0, active)];
      if (open && chosen && found.words === words.trim()) take(chosen);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (nodes.length) setActive((active + step + nodes.length) % nodes.length);
      setOpen(true);
    } else return;
    event.preventDefault();
  };
  const shows = open && found !== null;
  return html`<div class=${`search ${large ? "large" : ""}`} role="search" aria-label=${label} onFocusout=${(event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
  }}>
    <label for=${id} class=${hideLabel ? "unseen" : ""}>${label}</label>
    <input id=${id} ref=${input} type="search" autocomplete="off" spellcheck="false" placeholder=${placeholder} value=${words}
      role="combobox" aria-expanded=${shows && nodes.length > 0 ? "true" : "false"} aria-controls=${`${id}-list`} aria-autocomplete="list"
      aria-activedescendant=${shows && active >= 0 ? `${id}-${active}` : undefined}
      onInput=${(event) => { setWords(event.target.value); setOpen(true); }} onFocus=${() => setOpen(true)} onKeydown=${keys} />
    <ul id=${`${id}-list`} role="listbox" aria-label="Results" class="results" hidden=${!shows || !nodes.length}>
      ${nodes.map((item, index) => html`<li key=${item.id} id=${`${id}-${index}`} role="option" aria-selected=${index === active ? "true" : "false"}
        onPointerDown=${(event) => event.preventDefault()} onClick=${() => take(item)}>
        <span class="name">${item.name}</span><${TypeName} type=${item.type} />
        <span class="muted">${whereabouts(item)}</span></li>`)}
    </ul>
    <p class="search-said" role="status">${shows && said_(found)}</p>
  </div>`;
}

/** What tells items of one name apart: where they are and whose they are. */
function whereabouts({ location, owner, attributes }) {
  const { namespace, cluster, environment } = attributes ?? {};
  return [location, namespace && `namespace ${namespace}`, cluster, environment, owner].filter(Boolean).join(" · ");
}

function said_(found) {
  if (found.problem) return found.problem.message;
  if (!found.nodes.length) return `Nothing is called “${found.words}”.`;
  return found.total > found.nodes.length ? `${count(found.nodes.length)} of ${count(found.total)} shown: type more to narrow it down.` : "";
}
