// How a box of the picture looks, shared by the canvas and the exported drawing.
import { LEVELS, count, plain } from "../words.js";

export const WIDTH = 196;
export const HEIGHT = 36;

/** Corners of the mark of a level around 0,0; null for a circle. */
export const CORNERS = {
  square: [[-9, -9], [9, -9], [9, 9], [-9, 9]],
  triangle: [[0, -11], [11, 8], [-11, 8]],
  diamond: [[0, -11], [11, 0], [0, 11], [-11, 0]],
  circle: null,
};

/** The two lines of a box. `was`: the level without what is tried out, where that differs. */
export function lines(node) {
  if (node.itemId === null) {
    return [`${count(node.count)} × ${plain(node.type)}`, parts(node).map(([level, number]) => `${LEVELS[level].letter} ${count(number)}`).join("  ")];
  }
  const kind = node.redundancy ? "redundancy group" : plain(node.type);
  return [node.name ?? "(retired)", node.was ? `${node.worse ? "▲" : "▼"} was ${LEVELS[node.was].word.toLowerCase()} · ${kind}` : kind];
}

function parts(node) {
  return [["DOWN", node.down], ["DEGRADED", node.degraded], ["AT_RISK", node.atRisk]].filter(([, number]) => number);
}

/** At most so many letters, the end left out. */
export function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** At most so many letters; the end is kept, since names often differ there. */
export function shortened(text, most) {
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

/** The curve of a wire between two boxes: from the right edge of one to the left edge of the other. */
export function curve(from, to) {
  const x1 = from.x + WIDTH / 2;
  const x2 = to.x - WIDTH / 2;
  const bend = x2 > x1 ? (x2 - x1) / 2 : 34; // back along the layers: a short loop at both ends
  return [x1, from.y, x1 + bend, from.y, x2 - bend, to.y, x2, to.y];
}
