// Paints the picture. What is near is drawn as cards with names; what is far away as bars, the longer the worse, and straight wires:
// a picture of thousands stays quick to move without a graphics card.
import { CORNERS, HEIGHT, WIDTH, curve, cut, lines, shortened } from "./cards.js";
import { LEVELS } from "../words.js";

export const NAMES = 0.34; // from this zoom on, names are drawn
const BAR = { DOWN: 1, DEGRADED: 0.66, AT_RISK: 0.33, OK: 0.1 }; // share of the box that is filled, far away
const ROOM = WIDTH - 43; // for the words of a card
const CROWD = { nodes: 150, wires: 400 }; // more than this in sight is painted hastily while it moves
const PIECE = 400; // wires in one stroke: longer paths cost more than they save

/** Boxes and wires with everything worked out that does not change while one looks. `links` hold the boxes at their ends. */
export function sceneOf({ nodes, links, width, height }) {
  const wires = links.map((link) => {
    const [source, target] = [nodes[link.source], nodes[link.target]];
    const bends = curve(source, target);
    const xs = [bends[0], bends[2], bends[4], bends[6]];
    return { ...link, source, target, bends, key: `${source.key}>${target.key}`, back: bends[6] <= bends[0],
      left: Math.min(...xs), right: Math.max(...xs), top: Math.min(source.y, target.y), bottom: Math.max(source.y, target.y) };
  });
  return { nodes, wires, width, height };
}

/** `sight`: `{ left, top, right, bottom }` of what is seen; `view`: what is marked, and the colours. */
export function paint(pen, scale, scene, sight, view) {
  const wires = scene.wires.filter((wire) => wire.right > sight.left && wire.left < sight.right && wire.bottom > sight.top && wire.top < sight.bottom);
  const nodes = scene.nodes.filter((node) => node.x > sight.left - WIDTH && node.x < sight.right + WIDTH && node.y > sight.top - HEIGHT && node.y < sight.bottom + HEIGHT);
  const light = view.moving && (nodes.length > CROWD.nodes || wires.length > CROWD.wires);
  paintWires(pen, scale, light && scale >= NAMES ? fewer(wires, sight, view) : wires, view, light);
  if (scale >= NAMES) nodes.forEach((node) => (light ? hasty : card)(pen, node, view));
  else bars(pen, scale, nodes, view);
  pen.globalAlpha = 1;
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
  const marked = wires.filter((wire) => isMarked(wire, view));
  const groups = new Map();
  for (const wire of wires) {
    if (isMarked(wire, view)) continue;
    const thick = near ? Math.round(2 * Math.min(5, 1 + Math.log10(wire.count))) / 2 : 1;
    const key = `${wire.back}|${wire.need === "soft"}|${thick}`;
    if (!groups.has(key)) groups.set(key, { wires: [], thick, soft: wire.need === "soft", back: wire.back });
    groups.get(key).wires.push(wire);
  }
  const dim = view.path.size > 1;
  for (const group of groups.values()) {
    pen.globalAlpha = dim ? 0.2 : group.back ? 0.35 : 1; // against the layers: faint, or it hides the rest
    pen.strokeStyle = view.colours.strongLine;
    pen.fillStyle = pen.strokeStyle;
    pen.lineWidth = near ? group.thick / Math.max(scale, 0.5) ** 0.5 : 0.7 / scale;
    if (near && group.soft) pen.setLineDash([5, 4]);
    for (let at = 0; at < group.wires.length; at += PIECE) stroke(pen, group.wires.slice(at, at + PIECE), near);
    pen.setLineDash([]);
    if (near) heads(pen, group.wires);
  }
  pen.globalAlpha = 1;
  for (const wire of marked) {
    const chosen = wire.key === view.line;
    pen.strokeStyle = chosen ? view.colours.focus : view.colours.ink;
    pen.fillStyle = pen.strokeStyle;
    pen.lineWidth = (chosen ? 4 : 2.4) / Math.max(scale, 0.5) ** 0.5;
    if (wire.need === "soft") pen.setLineDash([5, 4]);
    stroke(pen, [wire], true);
    pen.setLineDash([]);
    heads(pen, [wire]);
  }
}

function isMarked(wire, view) {
  return view.wires.has(wire.key) || wire.key === view.line;
}

function stroke(pen, wires, bent) {
  pen.beginPath();
  for (const { bends: [x1, y1, a, b, c, d, x2, y2] } of wires) {
    pen.moveTo(x1, y1);
    if (bent) pen.bezierCurveTo(a, b, c, d, x2 - 5, y2);
    else pen.lineTo(x2, y2);
  }
  pen.stroke();
}

function heads(pen, wires) {
  pen.beginPath();
  for (const { bends } of wires) {
    const [x, y] = [bends[6], bends[7]];
    pen.moveTo(x, y);
    pen.lineTo(x - 7, y - 4);
    pen.lineTo(x - 7, y + 4);
  }
  pen.fill();
}

function bars(pen, scale, nodes, view) {
  const dim = view.path.size > 1;
  pen.lineWidth = 0.6 / scale;
  for (const level of Object.keys(BAR)) {
    const here = nodes.filter((node) => node.level === level);
    for (const node of here) {
      pen.globalAlpha = dim && !view.path.has(node.key) ? 0.38 : 1;
      pen.fillStyle = view.colours.paper;
      pen.fillRect(node.x - WIDTH / 2, node.y - HEIGHT / 2, WIDTH, HEIGHT);
      pen.fillStyle = view.colours[level];
      pen.fillRect(node.x - WIDTH / 2, node.y - HEIGHT / 2, WIDTH * BAR[level], HEIGHT);
    }
  }
  pen.globalAlpha = 1;
  for (const node of nodes) {
    if (!isChosen(node, view) && !node.root && node.itemId !== null) continue;
    pen.lineWidth = (isChosen(node, view) ? 3 : 1.5) / scale;
    pen.strokeStyle = isChosen(node, view) ? view.colours.focus : view.colours.ink;
    pen.strokeRect(node.x - WIDTH / 2, node.y - HEIGHT / 2, WIDTH, HEIGHT);
  }
}

function isChosen(node, view) {
  return node.key === view.picked || node.key === view.cursor || node.key === view.from;
}

function card(pen, node, view) {
  const { colours } = view;
  const left = node.x - WIDTH / 2;
  const top = node.y - HEIGHT / 2;
  const dim = view.path.size > 1 && !view.path.has(node.key);
  pen.globalAlpha = dim ? 0.38 : 1;
  if (node.itemId === null) box(pen, left + 5, top - 4, colours.paper, colours.strongLine, 1);
  const line = isChosen(node, view) ? colours.focus : view.path.has(node.key) ? colours.ink : colours.line;
  box(pen, left, top, node.root ? colours[`${node.level}-soft`] : colours.paper, line, isChosen(node, view) ? 3 : 1.2);
  mark(pen, left + 19, node.y, node, colours);
  const [name, under] = lines(node);
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = colours.ink;
  pen.font = `600 13px ${colours.text}`;
  pen.fillText(fitting(pen, name, node.itemId === null ? cut : shortened, view.fits), left + 37, node.y - 7);
  pen.fillStyle = colours.muted;
  pen.font = `11px ${colours.text}`;
  pen.fillText(fitting(pen, under, cut, view.fits), left + 37, node.y + 9);
}

/** The text as far as it fits into a card; `fits` remembers, since measuring is slow. */
function fitting(pen, text, how, fits) {
  const key = `${pen.font}|${text}`;
  if (!fits.has(key)) {
    let most = text.length;
    while (most > 4 && pen.measureText(how(text, most)).width > ROOM) most -= 1;
    fits.set(key, how(text, most));
  }
  return fits.get(key);
}

/** A card while a crowd of them moves: mark and name; the rest is painted when it stands still. */
function hasty(pen, node, view) {
  const { colours } = view;
  const left = node.x - WIDTH / 2;
  pen.globalAlpha = view.path.size > 1 && !view.path.has(node.key) ? 0.38 : 1;
  pen.fillStyle = node.root ? colours[`${node.level}-soft`] : colours.paper;
  pen.fillRect(left, node.y - HEIGHT / 2, WIDTH, HEIGHT);
  pen.fillStyle = colours[node.level];
  pen.fillRect(left + 10, node.y - 9, 18 * BAR[node.level], 18);
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = colours.ink;
  pen.font = `600 13px ${colours.text}`;
  pen.fillText(fitting(pen, lines(node)[0], node.itemId === null ? cut : shortened, view.fits), left + 37, node.y - 7);
}

function box(pen, left, top, fill, line, thick) {
  pen.beginPath();
  pen.roundRect(left, top, WIDTH, HEIGHT, 6);
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = thick;
  pen.strokeStyle = line;
  pen.stroke();
}

function mark(pen, x, y, node, colours) {
  const { shape, letter } = LEVELS[node.level];
  pen.beginPath();
  const corners = CORNERS[shape];
  if (corners) {
    corners.forEach(([dx, dy], index) => (index ? pen.lineTo(x + dx, y + dy) : pen.moveTo(x + dx, y + dy)));
    pen.closePath();
  } else pen.arc(x, y, 9, 0, 2 * Math.PI);
  pen.fillStyle = colours[node.level];
  pen.fill();
  if (node.redundancy) {
    pen.setLineDash([3, 2]);
    pen.lineWidth = 1.5;
    pen.strokeStyle = colours.ink;
    pen.stroke();
    pen.setLineDash([]);
  }
  pen.fillStyle = colours[`${node.level}-ink`];
  pen.font = `700 11px ${colours.text}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(letter, x, y + (shape === "triangle" ? 2 : 0.5));
}

/** The colours of the page, for a canvas. */
export function coloursOf(place) {
  const style = getComputedStyle(place);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const found = { ink: of("ink"), paper: of("paper"), muted: of("muted"), line: of("line"), strongLine: of("strong-line"), focus: of("focus"), text: of("text") };
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
    const distance = distanceTo(wire.bends, x, y);
    if (distance < best.distance) best = { wire, distance };
  }
  return best;
}

const STEPS = 24;

function distanceTo([x1, y1, a, b, c, d, x2, y2], x, y) {
  let [best, px, py] = [Infinity, x1, y1];
  for (let step = 1; step <= STEPS; step += 1) {
    const t = step / STEPS;
    const u = 1 - t;
    const qx = u ** 3 * x1 + 3 * u * u * t * a + 3 * u * t * t * c + t ** 3 * x2;
    const qy = u ** 3 * y1 + 3 * u * u * t * b + 3 * u * t * t * d + t ** 3 * y2;
    best = Math.min(best, toSegment(x, y, px, py, qx, qy));
    [px, py] = [qx, qy];
  }
  return best;
}

function toSegment(x, y, x1, y1, x2, y2) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const t = length ? Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length)) : 0;
  return Math.hypot(x - x1 - t * (x2 - x1), y - y1 - t * (y2 - y1));
}
