// Paints the picture: the layers as bands, wires, boxes. What is near is drawn as cards with names; what is far away as bars and straight
// wires: a picture of thousands stays quick to move without a graphics card.
import { bars, card, hasty } from "./boxes.js";
import { HEIGHT, WIDTH } from "./cards.js";
import { distanceTo, groundOf, middle, routeOf, trace } from "./route.js";
import { many } from "../words.js";

const NAMES = 0.34; // from this zoom on, names are drawn
export const HEAD = 36; // above the boxes, for what a layer is called
const FOOT = 14;
const SIDE = 6; // of a band beside its boxes
const CROWD = { nodes: 150, wires: 400 }; // more than this in sight is painted hastily while it moves
const MANY = 120; // so many of a kind are drawn paler: they would make one dark field
const PIECE = 400; // wires in one stroke: longer paths cost more than they save

/** Boxes and wires with everything worked out that does not change while one looks. `links` hold the boxes at their ends. */
export function sceneOf(picture) {
  const { nodes, links, layers = [], width, height } = picture;
  const ground = groundOf(picture);
  const wires = links.map((link) => {
    const [source, target] = [nodes[link.source], nodes[link.target]];
    const route = routeOf(source, target, ground);
    return { ...link, source, target, route, key: `${source.key}>${target.key}`, back: route.back, ...around(route) };
  });
  return { nodes, wires, layers, width, height };
}

function around({ points }) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const point of points) {
    for (let index = 0; index < point.length; index += 2) {
      [left, right] = [Math.min(left, point[index]), Math.max(right, point[index])];
      [top, bottom] = [Math.min(top, point[index + 1]), Math.max(bottom, point[index + 1])];
    }
  }
  return { left, right, top, bottom };
}

/** What a picture takes up: its layers have their names above them. */
export function extent({ width, height }) {
  return { left: -SIDE, right: width + SIDE, top: -height / 2 - HEAD, bottom: height / 2 + FOOT };
}

/** `sight`: `{ left, top, right, bottom }` of what is seen; `view`: what is marked, and the colours. */
export function paint(pen, scale, scene, sight, view) {
  const wires = scene.wires.filter((wire) => wire.right > sight.left && wire.left < sight.right && wire.bottom > sight.top && wire.top < sight.bottom);
  const nodes = scene.nodes.filter((node) => node.x > sight.left - WIDTH && node.x < sight.right + WIDTH && node.y > sight.top - HEIGHT && node.y < sight.bottom + HEIGHT);
  const light = view.moving && (nodes.length > CROWD.nodes || wires.length > CROWD.wires);
  bands(pen, scale, scene, sight, view);
  paintWires(pen, scale, light && scale >= NAMES ? fewer(wires, sight, view) : wires, view, light);
  if (scale >= NAMES) nodes.forEach((node) => (light ? hasty : card)(pen, node, view));
  else bars(pen, scale, nodes, view);
  pen.globalAlpha = 1;
}

/** One pale band for each layer, with how many steps away it is: however many columns it has, it is one layer. */
function bands(pen, scale, scene, sight, { colours }) {
  const { top, bottom } = extent(scene);
  const size = Math.min(19, Math.max(12, 11 / scale));
  for (const { depth, x, width, count } of scene.layers) {
    const left = x - width / 2 - SIDE;
    if (left > sight.right || left + width + SIDE * 2 < sight.left) continue;
    pen.globalAlpha = 0.045;
    pen.fillStyle = colours.ink;
    pen.beginPath();
    pen.roundRect(left, top, width + SIDE * 2, bottom - top, 10);
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = colours.muted;
    pen.font = `600 ${size}px ${colours.text}`;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    if (scale >= NAMES) pen.fillText(named(depth, count), left + SIDE + 10, top + HEAD / 2 - 2);
  }
}

/** What a layer is called. */
export function named(depth, count) {
  const items = count ? ` · ${many(count, "item")}` : "";
  return depth === 0 ? `What fails${items}` : `Step ${depth}${items}`;
}

/** Wires to be seen while a crowd moves: those that begin or end in sight, marked ones, and not too many. */
function fewer(wires, sight, view) {
  const seen = (node) => node.x > sight.left && node.x < sight.right && node.y > sight.top && node.y < sight.bottom;
  const ends = wires.filter((wire) => isMarked(wire, view) || seen(wire.source) || seen(wire.target));
  const step = Math.ceil(ends.length / CROWD.wires);
  return step > 1 ? ends.filter((wire, index) => index % step === 0 || isMarked(wire, view)) : ends;
}

function paintWires(pen, scale, wires, view, light) {
  const near = scale >= NAMES && !light;
  const { colours } = view;
  const groups = new Map();
  for (const wire of wires) {
    if (isMarked(wire, view)) continue;
    const thick = near ? Math.round(2 * Math.min(5, 1 + Math.log10(wire.count))) / 2 : 1;
    const kind = wire.cut ? "cut" : wire.gone ? "gone" : wire.added ? "added" : wire.need === "soft" ? "soft" : "";
    const key = `${wire.back}|${kind}|${thick}`;
    if (!groups.has(key)) groups.set(key, { wires: [], thick, kind, back: wire.back });
    groups.get(key).wires.push(wire);
  }
  const dim = view.path.size > 1;
  for (const { wires: some, thick, kind, back } of groups.values()) {
    const { colour, dash, alpha = back ? 0.35 : 1, more = 0 } = looks(kind, colours); // against the layers: faint, or it hides the rest
    pen.globalAlpha = dim ? 0.2 : some.length > MANY ? Math.min(alpha, 0.45) : alpha;
    pen.strokeStyle = colour;
    pen.fillStyle = colour;
    pen.lineWidth = near ? (thick + more) / Math.max(scale, 0.5) ** 0.5 : 0.7 / scale;
    if (near) pen.setLineDash(dash);
    for (let at = 0; at < some.length; at += PIECE) stroke(pen, some.slice(at, at + PIECE), near);
    pen.setLineDash([]);
    if (near) heads(pen, some);
    if (near && kind === "cut") crosses(pen, some);
  }
  pen.globalAlpha = 1;
  for (const wire of wires.filter((one) => isMarked(one, view))) marked(pen, scale, wire, view);
}

function marked(pen, scale, wire, view) {
  const chosen = wire.key === view.line;
  pen.strokeStyle = chosen ? view.colours.focus : view.colours.ink;
  pen.fillStyle = pen.strokeStyle;
  pen.lineWidth = (chosen ? 3 : 2.4) / Math.max(scale, 0.5) ** 0.5;
  if (wire.need === "soft" || wire.added) pen.setLineDash([5, 4]);
  stroke(pen, [wire], true);
  pen.setLineDash([]);
  heads(pen, [wire]);
}

/** How wires of a kind are drawn. Without `alpha`: by which way they go. */
function looks(kind, colours) {
  if (kind === "cut") return { colour: colours.removed, dash: [2, 3], alpha: 1 };
  if (kind === "gone") return { colour: colours.strongLine, dash: [2, 5], alpha: 0.7 };
  if (kind === "added") return { colour: colours.added, dash: [8, 5], alpha: 1, more: 1.4 };
  return { colour: colours.strongLine, dash: kind === "soft" ? [5, 4] : [] };
}

function isMarked(wire, view) {
  return view.wires.has(wire.key) || wire.key === view.line;
}

function stroke(pen, wires, bent) {
  pen.beginPath();
  for (const { route } of wires) trace(pen, route, bent);
  pen.stroke();
}

function heads(pen, wires) {
  pen.beginPath();
  for (const { route: { head } } of wires) {
    if (!head) continue;
    pen.moveTo(head.x, head.y);
    pen.lineTo(head.x - 7 * head.way, head.y - 4);
    pen.lineTo(head.x - 7 * head.way, head.y + 4);
  }
  pen.fill();
}

/** Struck through, half way along. */
function crosses(pen, wires) {
  pen.beginPath();
  pen.lineWidth = 2.4;
  for (const { route } of wires) {
    const [x, y] = middle(route);
    pen.moveTo(x - 6, y - 6);
    pen.lineTo(x + 6, y + 6);
    pen.moveTo(x - 6, y + 6);
    pen.lineTo(x + 6, y - 6);
  }
  pen.stroke();
}

/** The colours of the page, for a canvas. */
export function coloursOf(place) {
  const style = getComputedStyle(place);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const found = { ink: of("ink"), paper: of("paper"), muted: of("muted"), line: of("line"), strongLine: of("strong-line"), focus: of("focus"), text: of("text"), removed: of("removed"), added: of("link") };
  for (const [level, name] of [["DOWN", "down"], ["DEGRADED", "degraded"], ["AT_RISK", "at-risk"], ["OK", "ok"]]) {
    found[level] = of(name);
    found[`${level}-ink`] = of(`${name}-ink`);
    found[`${level}-soft`] = of(`${name}-soft`);
  }
  return found;
}

/** What is at a point: `{ node }`, `{ wire }` or nothing. `reach`: how far from a wire still counts, in the picture's units. */
export function at(scene, x, y, reach) {
  const node = scene.nodes.findLast((one) => Math.abs(one.x - x) <= WIDTH / 2 && Math.abs(one.y - y) <= HEIGHT / 2);
  if (node) return { node };
  let best = { distance: reach };
  for (const wire of scene.wires) {
    if (x < wire.left - reach || x > wire.right + reach || y < wire.top - reach || y > wire.bottom + reach) continue;
    const distance = distanceTo(wire.route, x, y);
    if (distance < best.distance) best = { wire, distance };
  }
  return best;
}
