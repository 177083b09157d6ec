// How audits are told.
import { plain } from "../words.js";

export const SEVERITIES = { major: { mark: "▲", word: "Major" }, minor: { mark: "●", word: "Minor" }, note: { mark: "○", word: "Note" } };

export const DEFICIENCY_STATES = {
  open: "open", in_progress: "in progress", done: "done, to be verified", verified: "verified", accepted: "accepted as it is", gone: "no longer found",
};

/** A share as people read it: floored, so that 100 % means all. */
export function percent(share) {
  if (share === null || share === undefined) return "nothing to look at";
  return `${share === 1 ? 100 : Math.min(99.9, Math.floor(share * 1_000) / 10)} %`;
}

/** How a score moved, in points: `up 2.5 points`. */
export function moved(change) {
  if (change === null || change === undefined) return "";
  const points = Math.round(Math.abs(change) * 1_000) / 10;
  if (points === 0) return "as at the first run";
  return `${change > 0 ? "▲ up" : "▼ down"} ${points} points since the first run`;
}

/** A cron expression stays as it is; none is said in words. */
export function frequencyWords(frequency) {
  return frequency ? `${frequency} (UTC)` : "run by hand";
}

export function stateWords(state) {
  return DEFICIENCY_STATES[state] ?? plain(state);
}
