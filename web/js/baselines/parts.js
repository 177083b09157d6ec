// How baselines are told.
import { html } from "../ui.js";
import { many, plain } from "../words.js";

export const STATES = {
  TAKEN: { mark: "○", word: "Taken", means: "Designated; nobody has approved it yet." },
  APPROVED: { mark: "✓", word: "Approved", means: "In force." },
  SUPERSEDED: { mark: "→", word: "Superseded", means: "Another took its place." },
  WITHDRAWN: { mark: "✗", word: "Withdrawn", means: "It does not hold; it stays, with the reason." },
};

export function BaselineState({ state }) {
  const { mark, word, means } = STATES[state] ?? { mark: "?", word: plain(state) };
  return html`<span class=${`state state-${state === "APPROVED" ? "authorised" : state === "WITHDRAWN" ? "none" : "other"}`} title=${means}><span class="state-mark" aria-hidden="true">${mark}</span> ${word}</span>`;
}

/** The scope of a baseline in words; `names`: what items are called. */
export function scopeText(scope, names) {
  const kind = scope.kind.toLowerCase();
  const called = (id) => names.get(id) ?? "…";
  if (kind === "whole") return "everything";
  if (kind === "type") return `of type ${scope.types.map(plain).join(", ")}`;
  if (kind === "query") return "what a saved query finds";
  if (kind === "items") return scope.itemIds.length <= 3 ? scope.itemIds.map(called).join(", ") : many(scope.itemIds.length, "item");
  return `${kind} ${called(scope.itemIds[0])}`;
}

export function baselineLink(id) {
  return `#/baseline/${encodeURIComponent(id)}`;
}

const WRITERS = { take: ["engineer", "change_manager", "administrator"], approve: ["change_manager", "administrator"] };

/** Whether somebody with these roles may try; the server decides. */
export function may(roles, what) {
  return (roles ?? []).some((role) => WRITERS[what].includes(role));
}
