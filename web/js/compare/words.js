// How differences are told: a sign and a word for each kind, a mark and a word for each state of authorisation. Never colour alone.
import { plain, titled } from "../words.js";

export const KINDS = {
  added: { sign: "+", word: "Added" }, removed: { sign: "−", word: "Removed" }, restored: { sign: "↺", word: "Restored" }, changed: { sign: "±", word: "Changed" },
  renamed: { sign: "✎", word: "Renamed" }, retyped: { sign: "⇄", word: "Of another type" }, entered: { sign: "→", word: "Entered the scope" }, left: { sign: "←", word: "Left the scope" },
};

export const STATES = {
  authorised: { mark: "✓", word: "Authorised", means: "Every commit behind it names a change." },
  partly: { mark: "◐", word: "Partly", means: "Some of the commits behind it name a change." },
  none: { mark: "✗", word: "No change", means: "No commit behind it names a change." },
  not_applicable: { mark: "–", word: "Does not apply", means: "Nothing was done to it: only the scope differs." },
};

/** `Server web-1`, or a relationship as a sentence. */
export function subjectWords(one) {
  return one.subject === "relation" ? `${one.source?.name ?? "?"} ${plain(one.type)} ${one.target?.name ?? "?"}` : one.name;
}

/** A state of the whole tally in words: `12 of 40 authorised (30 %)`. */
export function shareWords(tally) {
  const counted = tally.authorised + tally.partly + tally.none;
  return counted ? `${tally.authorised} of ${counted} authorised (${Math.floor((tally.share ?? 0) * 100)} %)` : "authorisation does not apply";
}

/** A field as people read it: `attributes.port` is Port. */
export function fieldWords(name) {
  return titled(name.replace(/^attributes\./, "").replaceAll("_", " "));
}

/** What a point names, for a heading. */
export function sideWords(side) {
  return side.baselineName ?? (side.label.startsWith("now") ? "now" : Number(side.seq) ? `commit ${side.seq}` : "the empty CMDB");
}

