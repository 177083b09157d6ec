// Small parts that every page uses.
import { html } from "./ui.js";
import { LEVELS, plain } from "./words.js";

/** A level: its shape with its letter, and the word. */
export function Level({ level, word = true }) {
  const { letter, word: text } = LEVELS[level];
  return html`<span class=${`level level-${level}`}>
    <svg class="level-mark" viewBox="-12 -12 24 24" aria-hidden="true"><path d=${OUTLINE[LEVELS[level].shape]} /><text y="4.5">${letter}</text></svg>
    ${word ? html`<span>${text}</span>` : html`<span class="unseen">${text}</span>`}
  </span>`;
}

export const OUTLINE = {
  square: "M-10-10H10V10H-10Z",
  triangle: "M0-12 12 9H-12Z",
  diamond: "M0-12 12 0 0 12-12 0Z",
  circle: "M-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0Z",
};

export function TypeName({ type }) {
  return html`<span class="type">${plain(type)}</span>`;
}

/** What went wrong, in words, with the way to the page of its code. */
export function Refused({ problem }) {
  return html`<div class="notice bad" role="alert">
    <p><strong>That did not work.</strong> ${problem.message}</p>
    ${problem.code && html`<p class="small">Code <a href=${`/docs/errors/${problem.code}`}><code>${problem.code}</code></a></p>`}
  </div>`;
}

export function Loading({ what }) {
  return html`<p class="loading" role="status">Loading ${what} …</p>`;
}

export function itemLink(id) {
  return `#/item/${encodeURIComponent(id)}`;
}
