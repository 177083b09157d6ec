// The question and the view, as they stand in the address: whoever opens the link sees the same.
//   roots=ID:DOWN,ID:AT_RISK  lost=ID,ID  cut=TYPE|SOURCE|TARGET,…  tie=TYPE|SOURCE|TARGET,…  need=GROUP:COUNT,…
//   open=KEY,…  why=ID  all=1  rev=SEQ or time=ISO or baseline=ID (of when it is asked; none: now)

import { BAD_LEVELS } from "../words.js";

export const NOTHING = { roots: [], lost: [], cut: [], tie: [], need: [], open: [], why: null, all: false, rev: null, time: null, baseline: null, unread: [], damaged: null };
const WHEN = { rev: null, time: null, baseline: null };

/** From the part of the address after `?`. What cannot be read is left out and told in `unread`, as sentences. Of when it asks is not left
 * out: the present in the place of another moment is another answer, so `damaged` says what is wrong with it, and nothing is to be asked. */
export function parse(query) {
  const said = new URLSearchParams(query);
  const unread = [];
  const list = (name) => (said.get(name) ?? "").split(",").filter(Boolean);
  const read = (name, one, what) => list(name).map((text) => one(text) ?? (unread.push(`“${text}” is no ${what}.`), null)).filter(Boolean);
  return {
    roots: roots(list("roots"), unread), lost: list("lost"), cut: read("cut", relation, "relationship to take away"), tie: read("tie", relation, "relationship to add"),
    need: read("need", groupNeed, "number of members that a group needs"), open: list("open"), why: said.get("why") || null, all: said.get("all") === "1", ...when(said), unread,
  };
}

function roots(texts, unread) {
  return texts.map((text) => {
    const [id, level = "DOWN"] = text.split(":");
    if (!id) unread.push(`“${text}” names no item.`);
    else if (!BAD_LEVELS.includes(level)) unread.push(`“${level}” is no level: the item is asked about as down.`);
    return { id, level: BAD_LEVELS.includes(level) ? level : "DOWN" };
  }).filter((one) => one.id);
}

function when(said) {
  const named = ["rev", "time", "baseline"].filter((name) => said.has(name));
  if (!named.length) return { ...WHEN, damaged: null };
  const [name] = named;
  const value = said.get(name).trim();
  const what = { rev: "commit", time: "time", baseline: "baseline" }[name];
  const damaged = named.length > 1 ? "It names more than one moment" : !value ? `It does not say which ${what}` : name === "rev" && !/^[1-9]\d{0,14}$/.test(value) ? `“${value}” is no commit`
    : name === "time" && Number.isNaN(Date.parse(value)) ? `“${value}” is no time` : null;
  return { ...WHEN, [name]: name === "rev" ? Number(value) : value, damaged };
}

function relation(text) {
  const [type, source, target] = text.split("|");
  return type && source && target ? { type, source, target } : null;
}

function groupNeed(text) {
  const [id, count] = text.split(":");
  const needed = Number(count);
  return id && Number.isSafeInteger(needed) && needed > 0 ? { id, needed } : null;
}

/** Back to the part after `?`. */
export function format(state) {
  const said = new URLSearchParams();
  const put = (name, list) => list.length && said.set(name, list.join(","));
  const ends = (one) => `${one.type}|${one.source}|${one.target}`;
  put("roots", state.roots.map((one) => `${one.id}:${one.level}`));
  put("lost", state.lost);
  put("cut", state.cut.map(ends));
  put("tie", state.tie.map(ends));
  put("need", state.need.map((one) => `${one.id}:${one.needed}`));
  put("open", state.open);
  if (state.why) said.set("why", state.why);
  if (state.all) said.set("all", "1");
  for (const name of ["rev", "time", "baseline"]) if (state[name]) said.set(name, String(state[name]));
  return said.toString();
}

/** The question alone, without how it is looked at: what a saved set holds. */
export function asSet(state) {
  return format({ ...NOTHING, roots: state.roots, lost: state.lost, cut: state.cut, tie: state.tie, need: state.need });
}

/** Whether anything is tried out that is not so. */
export function isTried(state) {
  return state.lost.length + state.cut.length + state.tie.length + state.need.length > 0;
}

/** Whether it is asked of the past. */
export function isPast(state) {
  return Boolean(state.rev || state.time || state.baseline);
}

/** The variable `asOf`; null for now. */
export function asOf(state) {
  if (state.rev) return { seq: state.rev };
  if (state.time) return { time: state.time };
  return state.baseline ? { baseline: state.baseline } : null;
}

/** The variables `roots`, `whatIf` and `asOf` of the operations; null where there is nothing to ask. */
export function question(state) {
  if (state.damaged || (!state.roots.length && !isTried(state))) return null;
  return { roots: state.roots, whatIf: isTried(state) ? whatIf(state) : null, asOf: asOf(state) };
}

function whatIf(state) {
  const tried = { removeItems: state.lost, removeRelations: state.cut, addRelations: state.tie };
  return state.need.length ? { ...tried, groupNeeds: state.need.map((one) => ({ group: one.id, need: { count: one.needed } })) } : tried;
}

/** What to change so that an item is in the question no more. */
export function withoutItem(state, id) {
  const apart = (list) => list.filter((one) => one.source !== id && one.target !== id);
  return { roots: state.roots.filter((one) => one.id !== id), lost: state.lost.filter((one) => one !== id), cut: apart(state.cut), tie: apart(state.tie),
    need: state.need.filter((one) => one.id !== id), why: state.why === id ? null : state.why };
}

/** A list with something added, or taken out where it was there. */
export function toggled(list, one) {
  const key = JSON.stringify(one);
  return list.some((other) => JSON.stringify(other) === key) ? list.filter((other) => JSON.stringify(other) !== key) : [...list, one];
}

/** A relationship that was added is simply not added; any other is taken away. */
export function without(state, relation) {
  const key = JSON.stringify(relation);
  if (state.tie.some((one) => JSON.stringify(one) === key)) return { tie: toggled(state.tie, relation) };
  return { cut: toggled(state.cut, relation) };
}
