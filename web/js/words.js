// Words, letters and shapes. A level is never told by colour alone: it has a letter and a shape as well.

export const LEVELS = {
  DOWN: { word: "Down", letter: "X", shape: "square", rank: 3 },
  DEGRADED: { word: "Degraded", letter: "D", shape: "triangle", rank: 2 },
  AT_RISK: { word: "At risk", letter: "R", shape: "diamond", rank: 1 },
  OK: { word: "OK", letter: "", shape: "circle", rank: 0 },
};

export const BAD_LEVELS = ["DOWN", "DEGRADED", "AT_RISK"];

export const LEVEL_MEANS = {
  DOWN: "Does not work.",
  DEGRADED: "Works, but worse than agreed.",
  AT_RISK: "Works as usual, with less in reserve.",
  OK: "Not affected.",
};

/** `kubernetes_deployment` as people read it. */
export function plain(name) {
  return (name ?? "").replaceAll("_", " ");
}

/** The same with a capital. */
export function titled(name) {
  const text = plain(name).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const COUNT = new Intl.NumberFormat("en");

export function count(number) {
  return COUNT.format(number);
}

/** `1 item`, `2 items`. */
export function many(number, one, more = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : more}`;
}

const SPANS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** How long ago a time was, in its largest whole unit. */
export function ago(time, now = Date.now()) {
  if (!time) return "";
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  for (const [unit, length] of SPANS) {
    if (seconds >= length) return `${many(Math.floor(seconds / length), unit)} ago`;
  }
  return "just now";
}

/** A time as the reader's place writes it. */
export function moment(time) {
  return time ? new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "";
}

/** Any attribute value as text. */
export function shown(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

const SIZES = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A value of a field: sizes in the unit people use. */
export function shownAs(field, value) {
  if (typeof value !== "number" || !/bytes$/i.test(field)) return shown(value);
  const power = value >= 1024 ? Math.min(SIZES.length - 1, Math.floor(Math.log2(value) / 10)) : 0;
  return `${Number((value / 1024 ** power).toFixed(1))} ${SIZES[power]}`;
}

/** How a redundancy group stands, as a sentence. */
export function groupSaid(group) {
  const left = `${group.up} of ${many(group.members, "member")} left, ${group.needed} needed`;
  if (group.up < group.needed) return `${left}: too few, so it is down.`;
  if (group.good < group.needed) return `${left}, but not enough of them are well: it is degraded.`;
  const spare = group.up - group.needed;
  return `${left}: it keeps working ${spare ? `with ${spare} in reserve` : "with none in reserve"}, so it is only at risk.`;
}
