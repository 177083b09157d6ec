// The question and the view, as they stand in the address: whoever opens the link sees the same.
//   roots=ID:DOWN,ID:AT_RISK  lost=ID,ID  cut=TYPE|SOURCE|TARGET,…  tie=TYPE|SOURCE|TARGET,…  open=KEY,…  why=ID  all=1  rev=SEQ

import { BAD_LEVELS } from "../words.js";

export const NOTHING = { roots: [], lost: [], cut: [], tie: [], open: [], why: null, all: false, rev: null };

/** From the part of the address after `?`. What cannot be read is left out. */
export function parse(query) {
  const said = new URLSearchParams(query);
  const list = (name) => (said.get(name) ?? "").split(",").filter(Boolean);
  const roots = list("roots").map((one) => {
    const [id, level = "DOWN"] = one.split(":");
    return { id, level: BAD_LEVELS.includes(level) ? level : "DOWN" };
  });
  const rev = Number(said.get("rev"));
  return {
    roots, lost: list("lost"), cut: list("cut").map(relation).filter(Boolean), tie: list("tie").map(relation).filter(Boolean),
    open: list("open"), why: said.get("why"), all: said.get("all") === "1", rev: Number.isSafeInteger(rev) && rev > 0 ? rev : null,
  };
}

function relation(text) {
  const [type, source, target] = text.split("|");
  return type && source && target ? { type, source, target } : null;
}

/** Back to the part after `?`; with `rev` only where one is given. */
export function format(state) {
  const said = new URLSearchParams();
  const put = (name, list) => list.length && said.set(name, list.join(","));
  const ends = (one) => `${one.type}|${one.source}|${one.target}`;
  put("roots", state.roots.map((one) => `${one.id}:${one.level}`));
  put("lost", state.lost);
  put("cut", state.cut.map(ends));
  put("tie", state.tie.map(ends));
  put("open", state.open);
  if (state.why) said.set("why", state.why);
  if (state.all) said.set("all", "1");
  if (state.rev) said.set("rev", String(state.rev));
  return said.toString();
}

/** Whether anything is tried out that is not so. */
export function isTried(state) {
  return state.lost.length + state.cut.length + state.tie.length > 0;
}

/** The variables `roots` and `whatIf` of the operations; null where there is nothing to ask. */
export function question(state) {
  if (!state.roots.length && !isTried(state)) return null;
  const whatIf = { removeItems: state.lost, removeRelations: state.cut, addRelations: state.tie };
  return { roots: state.roots, whatIf: isTried(state) ? whatIf : null };
}

/** A list with something added, or taken out where it was there. */
export function toggled(list, one) {
  const key = JSON.stringify(one);
  return list.some((other) => JSON.stringify(other) === key) ? list.filter((other) => JSON.stringify(other) !== key) : [...list, one];
}
