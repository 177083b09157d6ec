// The picture as a drawing of its own: to keep, to send, to print. Colours are the light ones, since it goes on paper.
import { BASELINES, CORNERS, HEIGHT, TEXT, WIDTH, cut, letterOf, lines, wrapped } from "./cards.js";
import { extent, named } from "./paint.js";
import { groundOf, middle, pathOf, routeOf } from "./route.js";
import { BAD_LEVELS, LEVELS } from "../words.js";

const PAPER = {
  DOWN: ["#b3261e", "#fff"], DEGRADED: ["#b85300", "#fff"], AT_RISK: ["#f2c230", "#2b2200"], OK: ["#47715a", "#fff"],
};
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
const EDGE = 24;
const HEAD = 66;
const LEGEND = 28;
const LETTERS = { name: 17, under: 25 }; // that fit into a box: nothing is measured here

/** SVG text. `title` and `under` stand above the picture; without a title the legend alone. `tried`: something is tried out. */
export function drawingOf(picture, title, under, tried = false) {
  const { left, right, top, bottom } = extent(picture);
  const head = (title ? HEAD : 4) + LEGEND;
  const width = Math.max(640, right - left + EDGE * 2);
  const height = bottom - top + head + EDGE;
  const ground = groundOf(picture);
  const wires = picture.links.map((link) => wire(link, picture.nodes, ground));
  const heading = title ? `<text x="${EDGE}" y="32" font-size="18" font-weight="600" fill="#1b2430">${text(title)}</text>
<text x="${EDGE}" y="53" font-size="12" fill="#56616f">${text(under)}</text>` : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${text(title ?? "The picture")}" font-family="${FONT}">
<rect width="${width}" height="${height}" fill="#fff"/>
${heading}
${legend(head - LEGEND / 2, tried)}
<g transform="translate(${EDGE - left} ${head - top})">${(picture.layers ?? []).map((layer) => band(layer, top, bottom)).join("")}${wires.join("")}${picture.nodes.map(card).join("")}</g>
</svg>`;
}

function legend(y, tried) {
  const levels = BAD_LEVELS.map((level) => [mark({ level }), LEVELS[level].word]);
  const line = (dash, colour) => `<path d="M-12 0H14" stroke="${colour}" stroke-width="1.6" stroke-dasharray="${dash}"/>`;
  const more = [[mark({ level: "AT_RISK", redundancy: true }), "redundancy group"], [line("5 4", "#8b96a4"), "soft need"]];
  const out = tried ? [[line("2 3", "#9b1c1c") + '<path d="M-4 -4L4 4M-4 4L4 -4" stroke="#9b1c1c" stroke-width="2"/>', "taken away"], [line("8 5", "#1c4e80"), "added"], [mark({ level: "OK", gone: true }), "well again"]] : [];
  let x = EDGE + 12;
  return [...levels, ...more, ...out].map(([sign, word]) => {
    const shown = `<g transform="translate(${x} ${y})">${sign}<text x="19" y="4" font-size="12" fill="#1b2430">${word}</text></g>`;
    x += 52 + word.length * 7;
    return shown;
  }).join("");
}

function band({ depth, x, width, count }, top, bottom) {
  return `<rect x="${x - width / 2 - 6}" y="${top}" width="${width + 12}" height="${bottom - top}" rx="10" fill="#f3f4f6"/><text x="${x - width / 2 + 10}" y="${top + 22}" font-size="13" font-weight="600" fill="#56616f">${text(named(depth, count))}</text>`;
}

const LOOKS = { cut: ["#9b1c1c", "2 3"], gone: ["#8b96a4", "2 5"], added: ["#1c4e80", "8 5"], soft: ["#8b96a4", "5 4"], "": ["#8b96a4", ""] };

function wire(link, nodes, ground) {
  const route = routeOf(nodes[link.source], nodes[link.target], ground);
  const kind = link.cut ? "cut" : link.gone ? "gone" : link.added ? "added" : link.need === "soft" ? "soft" : "";
  const [colour, dash] = LOOKS[kind];
  const thick = (Math.min(5, 1 + Math.log10(link.count)) + (link.added ? 1.4 : 0)).toFixed(1);
  const faint = route.back && !link.added && !link.cut ? ' opacity="0.35"' : "";
  const { head } = route;
  const point = head ? `<path d="M${head.x} ${head.y}l${-7 * head.way} -4v8z" fill="${colour}"/>` : "";
  const [x, y] = link.cut ? middle(route) : [0, 0];
  const cross = link.cut ? `<path d="M${x - 6} ${y - 6}l12 12m-12 0l12 -12" stroke="${colour}" stroke-width="2.4"/>` : "";
  return `<g${faint}><path d="${pathOf(route)}" fill="none" stroke="${colour}" stroke-width="${thick}"${dash ? ` stroke-dasharray="${dash}"` : ""}/>${point}${cross}</g>`;
}

function card(node) {
  const [name, under] = lines(node);
  const [left, top] = [node.x - WIDTH / 2, node.y - HEIGHT / 2];
  const pale = node.gone || node.lost;
  const behind = node.itemId === null ? `<rect x="${left + 5}" y="${top - 4}" width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#fff" stroke="#8b96a4"/>` : "";
  const words = wrapped(name, (part) => part.length <= LETTERS.name);
  const heights = BASELINES[words.length];
  const said = words.map((word, index) => `<text x="${left + TEXT}" y="${node.y + heights.name[index] + 4}" font-size="14" font-weight="600" fill="#1b2430"${node.lost ? ' text-decoration="line-through"' : ""}>${text(word)}</text>`).join("");
  return `<g${node.gone ? ' opacity="0.6"' : ""}>${behind}<rect x="${left}" y="${top}" width="${WIDTH}" height="${HEIGHT}" rx="6" fill="${node.root && !node.lost ? "#fbe9e7" : "#fff"}" stroke="${pale ? "#8b96a4" : "#b9c1cb"}"${pale ? ' stroke-dasharray="5 4"' : ""}/>
<g transform="translate(${left + 19} ${node.y})">${mark(node)}</g>${said}
<text x="${left + TEXT}" y="${node.y + heights.under + 4}" font-size="11.5" fill="#56616f">${text(cut(under, LETTERS.under))}</text></g>`;
}

function mark(node) {
  const { shape } = LEVELS[node.level];
  const [fill, ink] = PAPER[node.level];
  const corners = CORNERS[shape];
  const edge = node.redundancy ? ' stroke="#1b2430" stroke-width="1.5" stroke-dasharray="3 2"' : "";
  const outline = corners ? `<polygon points="${corners.map((one) => one.join(",")).join(" ")}" fill="${fill}"${edge}/>` : `<circle r="9" fill="${fill}"${edge}/>`;
  return `${outline}<text y="${shape === "triangle" ? 6 : 4}" font-size="11" font-weight="700" text-anchor="middle" fill="${ink}">${letterOf(node)}</text>`;
}

function text(words) {
  return String(words).replace(/[&<>"'\u0000-\u001f]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[sign] ?? " ");
}

/** Hands a text to the reader as a file. */
export function save(name, content, kind) {
  const address = URL.createObjectURL(new Blob([content], { type: kind }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
