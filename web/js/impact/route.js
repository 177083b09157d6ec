// The way of a wire from the right edge of one box to the left edge of another. It never runs behind a box as if it went through it:
// into and out of the columns of a wide layer it takes the lane between two rows, and its head stands at the edge of the layer, since
// between two columns it would look as if it came from the neighbour. Layers it does not touch it passes between two rows. Against the
// layers it goes round above or below everything.
import { HEIGHT, WIDTH } from "./cards.js";

const LANE = HEIGHT / 2 + 3; // from the middle of a row to the lane beside it
const NEAR = 14; // before a box where a wire leaves its lane
const ROUND = 9; // how far from the picture wires against the layers pass, and how far from a layer they turn
const LOOP = 22;
const STEPS = 12; // pieces of a curve where a pointer is looked for

/** `{ sides, top, bottom }`: the edges of each layer by depth, and the heights between its rows. Without layers none is passed. */
export function groundOf({ nodes, layers = [], height }) {
  const rows = new Map(layers.map(({ depth }) => [depth, new Set()]));
  for (const node of nodes) rows.get(node.depth)?.add(node.y);
  const sides = new Map(layers.map(({ depth, x, width }) => [depth, { left: x - width / 2, right: x + width / 2, lanes: lanesOf([...rows.get(depth)]) }]));
  for (const node of nodes) if (!sides.has(node.depth)) sides.set(node.depth, { left: node.x - WIDTH / 2, right: node.x + WIDTH / 2 });
  return { sides, top: -height / 2 - ROUND, bottom: height / 2 + ROUND };
}

/** Between the rows of a layer, and above and below all of them. */
function lanesOf(rows) {
  if (!rows.length) return [0];
  rows.sort((one, other) => one - other);
  return [rows[0] - LANE, ...rows.slice(1).map((row, index) => (rows[index] + row) / 2), rows.at(-1) + LANE];
}

/**
 * `{ points, head, back }`: the first point, then `[x, y]` for a straight piece and `[a, b, c, d, x, y]` for a curve; `head`: where its
 * head stands and which way it looks (1 right, -1 left), null where it needs none; `back`: against the layers.
 */
export function routeOf(from, to, { sides, top, bottom }) {
  const [start, end] = [sides.get(from.depth), sides.get(to.depth)];
  const [x1, x2] = [from.x + WIDTH / 2, to.x - WIDTH / 2];
  if (from.depth === to.depth) return within(from, to, x1, x2);
  const points = [[x1, from.y]];
  const leaves = x1 + NEAR < start.right - WIDTH / 2; // not from the last column
  const enters = x2 - NEAR > end.left + WIDTH / 2; // not into the first
  let [x, y] = points[0];
  if (leaves) {
    y = from.y + LANE;
    points.push(bend(x, from.y, (x = x1 + NEAR), y), [(x = start.right), y]);
  }
  const row = enters ? to.y - LANE : to.y;
  const gate = enters ? end.left : x2;
  const back = to.depth < from.depth;
  if (back) {
    const round = from.y + to.y < 0 ? top : bottom;
    points.push([start.right + ROUND, y], [start.right + ROUND, round], [end.left - ROUND, round], [end.left - ROUND, row], [gate, row]);
  } else {
    for (let depth = from.depth + 1; depth < to.depth; depth += 1) {
      const { left, right, lanes } = sides.get(depth) ?? {};
      if (!lanes) continue;
      const wish = y + ((row - y) * (left - x)) / (gate - x);
      const lane = lanes.reduce((best, one) => (Math.abs(one - wish) < Math.abs(best - wish) ? one : best));
      points.push(bend(x, y, left, lane), [right, lane]);
      [x, y] = [right, lane];
    }
    points.push(bend(x, y, gate, row));
  }
  if (enters) points.push([x2 - NEAR, row], bend(x2 - NEAR, row, x2, to.y));
  return { points, head: { x: gate, y: row, way: 1 }, back };
}

/** Between two boxes of one layer: along the lane above the second; in one column a loop at the right. */
function within(from, to, x1, x2) {
  if (from.x === to.x) return { points: [[x1, from.y], [x1 + LOOP, from.y, x1 + LOOP, to.y, x1, to.y]], head: { x: x1, y: to.y, way: -1 }, back: true };
  const lane = to.y - LANE;
  return { points: [[x1, from.y], bend(x1, from.y, x1 + NEAR, lane), [x2 - NEAR, lane], bend(x2 - NEAR, lane, x2, to.y)], head: null, back: true };
}

function bend(x1, y1, x2, y2) {
  const half = (x2 - x1) / 2;
  return [x1 + half, y1, x2 - half, y2, x2, y2];
}

/** Draws it with `pen`, a canvas context or a `Path2D`; not `bent`: by straight pieces, which is quicker. */
export function trace(pen, { points }, bent) {
  pen.moveTo(points[0][0], points[0][1]);
  for (const point of points.slice(1)) {
    if (bent && point.length === 6) pen.bezierCurveTo(...point);
    else pen.lineTo(point.at(-2), point.at(-1));
  }
}

/** The same as the path of an SVG drawing. */
export function pathOf({ points }) {
  const round = (list) => list.map((value) => Math.round(value * 10) / 10).join(" ");
  return points.map((point, index) => `${index ? (point.length === 6 ? "C" : "L") : "M"}${round(point)}`).join("");
}

/** Its points for measuring, curves in `STEPS` pieces. */
export function flat({ points }) {
  const found = [points[0]];
  for (const point of points.slice(1)) {
    const [x1, y1] = found.at(-1);
    if (point.length === 2) found.push(point);
    else for (let step = 1; step <= STEPS; step += 1) found.push(on(x1, y1, point, step / STEPS));
  }
  return found;
}

function on(x1, y1, [a, b, c, d, x2, y2], t) {
  const u = 1 - t;
  return [u ** 3 * x1 + 3 * u * u * t * a + 3 * u * t * t * c + t ** 3 * x2, u ** 3 * y1 + 3 * u * u * t * b + 3 * u * t * t * d + t ** 3 * y2];
}

/** The point half way along: where a mark of the whole wire stands. */
export function middle(route) {
  const points = flat(route);
  const lengths = points.slice(1).map(([x, y], index) => Math.hypot(x - points[index][0], y - points[index][1]));
  let left = lengths.reduce((sum, one) => sum + one, 0) / 2;
  for (let index = 0; index < lengths.length; index += 1) {
    if (left <= lengths[index] && lengths[index] > 0) {
      const share = left / lengths[index];
      return points[index].map((value, axis) => value + share * (points[index + 1][axis] - value));
    }
    left -= lengths[index];
  }
  return points[0];
}

/** How far a point is from it. */
export function distanceTo(route, x, y) {
  route.flat ??= flat(route);
  let best = Infinity;
  for (let index = 1; index < route.flat.length; index += 1) best = Math.min(best, toSegment(x, y, ...route.flat[index - 1], ...route.flat[index]));
  return best;
}

function toSegment(x, y, x1, y1, x2, y2) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const t = length ? Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length)) : 0;
  return Math.hypot(x - x1 - t * (x2 - x1), y - y1 - t * (y2 - y1));
}
