// Paints the boxes of the picture: cards with names near by, bars from far away, the longer the worse.
import { BASELINES, CORNERS, HEIGHT, ROOM, TEXT, WIDTH, cut, letterOf, lines, wrapped } from "./cards.js";
import { LEVELS } from "../words.js";

const BAR = { DOWN: 1, DEGRADED: 0.66, AT_RISK: 0.33, OK: 0.1 }; // share of the box that is filled, far away
const PALE = 0.38; // beside what is marked

export function bars(pen, scale, nodes, view) {
  const dim = view.path.size > 1;
  for (const level of Object.keys(BAR)) {
    const here = nodes.filter((node) => node.level === level);
    for (const node of here) {
      pen.globalAlpha = dim && !view.path.has(node.key) ? PALE : 1;
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

export function card(pen, node, view) {
  const { colours } = view;
  const [left, top] = [node.x - WIDTH / 2, node.y - HEIGHT / 2];
  pen.globalAlpha = node.gone ? 0.6 : view.path.size > 1 && !view.path.has(node.key) ? PALE : 1;
  if (node.itemId === null) box(pen, left + 5, top - 4, colours.paper, colours.strongLine, 1);
  const line = isChosen(node, view) ? colours.focus : view.path.has(node.key) ? colours.ink : node.gone || node.lost ? colours.strongLine : colours.line;
  if (node.gone || node.lost) pen.setLineDash([5, 4]);
  box(pen, left, top, node.root && !node.lost ? colours[`${node.level}-soft`] : colours.paper, line, isChosen(node, view) ? 3 : 1.2);
  pen.setLineDash([]);
  mark(pen, left + 19, node.y, node, colours);
  const [name, under] = lines(node);
  const words = wrappedOnce(pen, name, colours, view.fits);
  const heights = BASELINES[words.length];
  write(pen, node, words, heights, colours);
  pen.fillStyle = colours.muted;
  pen.font = `12px ${colours.text}`;
  pen.fillText(cutOnce(pen, under, view.fits), left + TEXT, node.y + heights.under);
}

function write(pen, node, words, heights, colours) {
  const left = node.x - WIDTH / 2 + TEXT;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = colours.ink;
  pen.font = nameFont(colours);
  words.forEach((word, index) => {
    pen.fillText(word, left, node.y + heights.name[index]);
    if (node.lost) pen.fillRect(left, node.y + heights.name[index], pen.measureText(word).width, 1.5);
  });
}

function nameFont(colours) {
  return `600 14.5px ${colours.text}`;
}

/** The name in lines that fit; `fits` remembers, since measuring is slow. */
function wrappedOnce(pen, text, colours, fits) {
  if (!fits.has(text)) {
    pen.font = nameFont(colours);
    fits.set(text, wrapped(text, (part) => pen.measureText(part).width <= ROOM));
  }
  return fits.get(text);
}

function cutOnce(pen, text, fits) {
  const key = `|${text}`;
  if (!fits.has(key)) {
    let most = text.length;
    while (most > 4 && pen.measureText(cut(text, most)).width > ROOM) most -= 1;
    fits.set(key, cut(text, most));
  }
  return fits.get(key);
}

/** A card while a crowd of them moves: mark and name; the rest is painted when it stands still. */
export function hasty(pen, node, view) {
  const { colours } = view;
  const left = node.x - WIDTH / 2;
  pen.globalAlpha = view.path.size > 1 && !view.path.has(node.key) ? PALE : 1;
  pen.fillStyle = node.root ? colours[`${node.level}-soft`] : colours.paper;
  pen.fillRect(left, node.y - HEIGHT / 2, WIDTH, HEIGHT);
  pen.fillStyle = colours[node.level];
  pen.fillRect(left + 10, node.y - 9, 18 * BAR[node.level], 18);
  const words = wrappedOnce(pen, lines(node)[0], colours, view.fits);
  write(pen, node, words, BASELINES[words.length], colours);
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
  const { shape } = LEVELS[node.level];
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
  pen.fillText(letterOf(node), x, y + (shape === "triangle" ? 2 : 0.5));
}
