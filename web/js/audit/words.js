// How audits are told.
import { many, plain } from "../words.js";

export const SEVERITIES = { major: { mark: "▲", word: "Major" }, minor: { mark: "●", word: "Minor" }, note: { mark: "○", word: "Note" } };

const DEFICIENCY_STATES = {
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

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** A cron expression in words where it is a simple one, else null: `on day 1 of January, April, July, October at 03:00`. */
function cronWords(cron) {
  const [minute, hour, day, month, weekday, more] = cron.trim().split(/\s+/);
  const number = (text, most) => (/^\d+$/.test(text ?? "") && Number(text) <= most ? Number(text) : null);
  if (more !== undefined || number(minute, 59) === null || number(hour, 23) === null) return null;
  const at = `at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (day === "*" && month === "*") {
    if (weekday === "*") return `every day ${at}`;
    return number(weekday, 7) === null ? null : `every ${DAYS[Number(weekday)]} ${at}`;
  }
  if (weekday !== "*" || !number(day, 31)) return null;
  if (month === "*") return `on day ${day} of each month ${at}`;
  const step = /^\*\/(\d+)$/.exec(month)?.[1];
  const months = step ? MONTHS.filter((_, index) => Number(step) && index % Number(step) === 0) : [MONTHS[number(month, 12) - 1]].filter(Boolean);
  return months.length ? `on day ${day} of ${months.join(", ")} ${at}` : null;
}

/** How often an audit is run, in words where they are simple; the expression stays beside them. */
export function frequencyWords(frequency) {
  if (!frequency) return "run by hand";
  const words = cronWords(frequency);
  return words ? `${words} UTC (${frequency})` : `${frequency} (UTC)`;
}

/** How long a run took, in seconds. */
export function tookSeconds(run) {
  return (Date.parse(run.finishedAt) - Date.parse(run.time)) / 1_000;
}

/** `42 seconds`, `3 minutes 5 seconds`. */
export function lasted(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return [minutes && many(minutes, "minute"), (rest || !minutes) && many(rest, "second")].filter(Boolean).join(" ");
}

export function stateWords(state) {
  return DEFICIENCY_STATES[state] ?? plain(state);
}
