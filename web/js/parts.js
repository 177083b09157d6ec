// Small parts that every page uses.
import { html, useEffect, useRef, useState } from "./ui.js";
import { LEVELS, ago, moment, plain } from "./words.js";

/** A level: its shape with its letter, and the word. */
export function Level({ level, word = true }) {
  const { letter, word: text } = LEVELS[level];
  return html`<span class=${`level level-${level}`}>
    <svg class="level-mark" viewBox="-12 -12 24 24" aria-hidden="true"><path d=${OUTLINE[LEVELS[level].shape]} /><text y="4.5">${letter}</text></svg>
    ${word ? html`<span>${text}</span>` : html`<span class="unseen">${text}</span>`}
  </span>`;
}

const OUTLINE = {
  square: "M-10-10H10V10H-10Z",
  triangle: "M0-12 12 9H-12Z",
  diamond: "M0-12 12 0 0 12-12 0Z",
  circle: "M-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0Z",
};

export function TypeName({ type }) {
  return html`<span class="type">${plain(type)}</span>`;
}

/** What the server names for those at its terminal, and what those at a page have instead. */
const HERE = [[/; the services are listed by `cmdb items list --type service`/, "; the start page lists the services"], [/; `cmdb baseline seal` computes it/, "; “Seal now” on the page of the baseline computes it"]];

/** A refusal as a sentence of a page. */
function sentence(message) {
  const text = HERE.reduce((before, [terminal, here]) => before.replace(terminal, here), message);
  return /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** What went wrong, in words, with the way to the page of its code. */
export function Refused({ problem }) {
  return html`<div class="notice bad" role="alert">
    <p><strong>That did not work.</strong> ${sentence(problem.message)}</p>
    ${problem.code && html`<p class="small">Code <a href=${`/docs/errors/${problem.code}`}><code>${problem.code}</code></a></p>`}
  </div>`;
}

export function Loading({ what }) {
  return html`<p class="loading" role="status">Loading ${what} …</p>`;
}

export function itemLink(id) {
  return `#/item/${encodeURIComponent(id)}`;
}

export function commitLink(seq) {
  return `#/commit/${seq}`;
}

/** A time as how long ago it was; the whole time when pointed at. */
export function Ago({ time }) {
  return time ? html`<time datetime=${time} title=${moment(time)}>${ago(time)}</time>` : "";
}

/** A button that opens a small panel below it; Escape and leaving it close it. */
export function Menu({ label, children }) {
  const place = useRef(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const away = (event) => { if (!place.current?.contains(event.target)) setOpen(false); };
    const gone = () => setOpen(false);
    addEventListener("pointerdown", away);
    addEventListener("hashchange", gone);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("hashchange", gone);
    };
  }, []);
  const keys = (event) => {
    if (event.key !== "Escape" || !open) return;
    setOpen(false);
    place.current.querySelector("button").focus();
  };
  return html`<div class="menu" ref=${place} onKeydown=${keys}><button class="quiet" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${label} <span aria-hidden="true">▾</span></button>
    ${open && html`<div class="menu-panel">${children}</div>`}</div>`;
}

/** Puts the address of `hash` on the clipboard; where there is none, into the address bar. */
export function CopyLink({ hash, label, words = "Copy link" }) {
  const [said, setSaid] = useState(null);
  const copy = async () => {
    const address = `${location.origin}${location.pathname}${hash}`;
    try {
      await navigator.clipboard.writeText(address);
      setSaid("Copied");
    } catch {
      history.replaceState(null, "", address);
      setSaid("In the address bar");
    }
    setTimeout(() => setSaid(null), 2_000);
  };
  return html`<button class="quiet" aria-label=${said ? undefined : label} onClick=${copy}>${said ?? words}</button>`;
}
