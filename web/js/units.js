// Values with the unit that the type registry gives: sizes in the unit people use, and no unit told twice ("Size bytes 240 GiB").
import { count, shown, titled } from "./words.js";

const SIZES = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
const SPOKEN = new Set(["bytes", "kbps", "metres", "millis", "minutes", "percent", "kw"]); // ends of names that only repeat the unit
const BARE = new Set(["members", "users", "pods", "logical processors"]); // the name says what is counted

/** What a field is called, `unit` from the registry where it has one. */
export function labelled(field, unit) {
  const parts = field.split("_");
  return titled(unit && parts.length > 1 && SPOKEN.has(parts.at(-1)) ? parts.slice(0, -1).join("_") : field);
}

/** A value as text with its unit. */
export function measured(value, unit) {
  if (Array.isArray(value)) return value.map((one) => measured(one, unit)).join(", ");
  if (typeof value !== "number" || !unit) return shown(value);
  if (unit === "bytes") return size(value);
  if (BARE.has(unit)) return count(value);
  const number = new Intl.NumberFormat("en", { maximumFractionDigits: 6 }).format(value);
  if (unit === "%") return `${number} %`;
  return `${number} ${value === 1 ? unit.replace(/(\w\w)s$/, "$1") : unit}`;
}

function size(value) {
  const power = value >= 1024 ? Math.min(SIZES.length - 1, Math.floor(Math.log2(value) / 10)) : 0;
  return `${Number((value / 1024 ** power).toFixed(1))} ${SIZES[power]}`;
}
