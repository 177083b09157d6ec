// How a box of the picture looks, shared by the canvas and the exported drawing.
import { LEVELS, count, plain } from "../words.js";

export const WIDTH = 196;
export const HEIGHT = 50;
export const TEXT = 37; // where the words of a box begin, from its left edge
export const ROOM = WIDTH - TEXT - 6;

/** Heights of the words from the middle of a box: the name in one line or two, and what stands under it. */
export const BASELINES = { 1: { name: [-9], under: 11 }, 2: { name: [-16, -1], under: 16 } };

/** Corners of the mark of a level around 0,0; null for a circle. */
export const CORNERS = {
  square: [[-9, -9], [9, -9], [9, 9], [-9, 9]],
  triangle: [[0, -11], [11, 8], [-11, 8]],
  diamond: [[0, -11], [11, 0], [0, 11], [-11, 0]],
  circle: null,
};

/** The letter in the mark of a box. */
export function letterOf(node) {
  return node.gone ? "✓" : LEVELS[node.level].letter;
}

/** The name of a box and what stands under it. `was`: the level without what is tried out, where that differs. */
export function lines(node) {
  if (node.itemId === null) {
    return [`${count(node.count)} × ${plain(node.type)}`, parts(node).map(([level, number]) => `${LEVELS[level].letter} ${count(number)}`).join("  ")];
  }
  const kind = node.redundancy ? "redundancy group" : plain(node.type);
  if (node.gone) return [node.name ?? "(retired)", `OK, was ${LEVELS[node.was].word.toLowerCase()} · ${kind}`];
  if (node.lost) return [node.name ?? "(retired)", `taken away · ${kind}`];
  return [node.name ?? "(retired)", node.was ? `${node.worse ? "▲" : "▼"} was ${LEVELS[node.was].word.toLowerCase()} · ${kind}` : kind];
}

function parts(node) {
  return [["DOWN", node.down], ["DEGRADED", node.degraded], ["AT_RISK", node.atRisk]].filter(([, number]) => number);
}

/** A name in one line or two, as `fits(text)` allows; broken where a word or a part of a name ends. */
export function wrapped(text, fits) {
  if (fits(text)) return [text];
  let most = text.length;
  while (most > 1 && !fits(text.slice(0, most))) most -= 1;
  const part = text.slice(0, most + 1).match(/^.*[\s\-_./:@](?=.)/u)?.[0] ?? "";
  const first = part.length > most / 4 && part.length <= most ? part : text.slice(0, most);
  const rest = text.slice(first.length).trimStart();
  let left = rest.length;
  while (left > 4 && !fits(shortened(rest, left))) left -= 1;
  return [first.trimEnd(), shortened(rest, left)];
}

/** At most so many letters, the end left out. */
export function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** At most so many letters; the end is kept, since names often differ there. */
function shortened(text, most) {
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) / 3);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/** What a box is, for people who hear it. */
export function spoken(node, before, behind) {
  const level = LEVELS[node.level].word.toLowerCase();
  const reach = `${before} before it, ${behind} behind it.`;
  if (node.itemId === null) {
    const counts = parts(node).map(([one, number]) => `${count(number)} ${LEVELS[one].word.toLowerCase()}`);
    return `${lines(node)[0]}: ${counts.join(", ")}. Folded; Enter opens. ${reach}`;
  }
  return `${node.name ?? "retired item"}, ${lines(node)[1]}, ${level}${node.root ? ", put there by the question" : ""}. ${reach}`;
}
