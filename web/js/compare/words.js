// How differences are told: a sign and a word for each kind, a mark and a word for each state of authorisation. Never colour alone.
import { count, plain, titled } from "../words.js";

/** In the order in which they are told: what was altered comes before what came and went. */
export const KINDS = {
  changed: { sign: "±", word: "Changed" }, renamed: { sign: "✎", word: "Renamed" }, retyped: { sign: "⇄", word: "Of another type" }, added: { sign: "+", word: "Added" },
  restored: { sign: "↺", word: "Restored" }, removed: { sign: "−", word: "Removed" }, entered: { sign: "→", word: "Entered the scope" }, left: { sign: "←", word: "Left the scope" },
};

export const STATES = {
  authorised: { mark: "●", word: "Under a change", means: "Every commit behind it names a change." },
  partly: { mark: "◐", word: "Partly under a change", means: "Some of the commits behind it name a change." },
  none: { mark: "✗", word: "Unauthorised", means: "No commit behind it names a change." },
  not_applicable: { mark: "–", word: "Does not apply", means: "Nothing was done to it: only the scope differs." },
};

/** Said once, where the bar is: what "under a change" claims, and what it does not. */
export const MEANS = "The change is the one that the commit names. Whether it was approved is not looked up here.";

/** The state of one difference with the changes its commits name: `Under CHG-7`, `Partly under CHG-7`, `Unauthorised`. */
export function stateWords(state, changes = []) {
  const word = STATES[state]?.word ?? plain(state);
  return changes.length && (state === "authorised" || state === "partly") ? word.replace("a change", changes.join(", ")) : word;
}

/** `web-1`, or a relationship as a sentence. */
export function subjectWords(one) {
  return one.subject === "relation" ? `${one.source?.name ?? "?"} ${plain(one.type)} ${one.target?.name ?? "?"}` : one.name;
}

/** A state of the whole tally in words: `1,200 of 4,000 under a change (30 %)`. */
export function shareWords(tally) {
  const counted = tally.authorised + tally.partly + tally.none;
  return counted ? `${count(tally.authorised)} of ${count(counted)} under a change (${Math.floor((tally.share ?? 0) * 100)} %)` : "altered by nobody: no change applies";
}

/** A field as people read it: `attributes.port` is Port. */
export function fieldWords(name) {
  return titled(name.replace(/^attributes\./, "").replaceAll("_", " "));
}

/** What a point names, for a heading. */
export function sideWords(side) {
  return side.baselineName ?? (side.label.startsWith("now") ? "now" : Number(side.seq) ? `commit ${side.seq}` : "the empty CMDB");
}
