// The picture as a drawing of its own: to keep, to send, to print. Colours are the light ones, since it goes on paper.
import { CORNERS, HEIGHT, WIDTH, curve, cut, lines, shortened } from "./cards.js";
import { BAD_LEVELS, LEVELS } from "../words.js";

const PAPER = {
  DOWN: ["#b3261e", "#fff"], DEGRADED: ["#b85300", "#fff"], AT_RISK: ["#f2c230", "#2b2200"], OK: ["#47715a", "#fff"],
};
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
const EDGE = 24;
const HEAD = 76;

/** SVG text. `title` and `under` stand above the picture. */
export function drawingOf(picture, title, under) {
  const width = Math.max(640, picture.width + EDGE * 2);
  const height = picture.height + HEAD + EDGE * 2;
  const middle = HEAD + EDGE + picture.height / 2;
  const wires = picture.links.map((link) => wire(link, picture.nodes));
  const cards = picture.nodes.map(card);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${text(title)}" font-family="${FONT}">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${EDGE}" y="32" font-size="18" font-weight="600" fill="#1b2430">${text(title)}</text>
<text x="${EDGE}" y="53" font-size="12" fill="#56616f">${text(under)}</text>
${legend()}
<g transform="translate(${EDGE} ${middle})"><g fill="none" stroke="#8b96a4">${wires.join("")}</g>${cards.join("")}</g>
</svg>`;
}

function legend() {
  return BAD_LEVELS.map((level, index) => `<g transform="translate(${EDGE + 12 + index * 110} 74)">${mark(level)}<text x="17" y="4" font-size="12" fill="#1b2430">${LEVELS[level].word}</text></g>`).join("");
}

function wire(link, nodes) {
  const [x1, y1, a, b, c, d, x2, y2] = curve(nodes[link.source], nodes[link.target]).map((value) => Math.round(value * 10) / 10);
  const dash = link.need === "soft" ? ' stroke-dasharray="5 4"' : "";
  const thick = Math.min(5, 1 + Math.log10(link.count)).toFixed(1);
  const faint = x2 > x1 ? "" : ' opacity="0.35"';
  return `<path d="M${x1} ${y1}C${a} ${b} ${c} ${d} ${x2} ${y2}m-6-4l6 4l-6 4" stroke-width="${thick}"${dash}${faint}/>`;
}

function card(node) {
  const [name, under] = lines(node);
  const left = node.x - WIDTH / 2;
  const top = node.y - HEIGHT / 2;
  const behind = node.itemId === null ? `<rect x="${left + 5}" y="${top - 4}" width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#fff" stroke="#8b96a4"/>` : "";
  return `${behind}<rect x="${left}" y="${top}" width="${WIDTH}" height="${HEIGHT}" rx="6" fill="${node.root ? "#fbe9e7" : "#fff"}" stroke="#b9c1cb"/>
<g transform="translate(${left + 19} ${node.y})">${mark(node.level)}</g>
<text x="${left + 37}" y="${node.y - 3}" font-size="13" font-weight="600" fill="#1b2430">${text(shortened(name, 19))}</text>
<text x="${left + 37}" y="${node.y + 12}" font-size="11" fill="#56616f">${text(cut(under, 24))}</text>`;
}

function mark(level) {
  const { shape, letter } = LEVELS[level];
  const [fill, ink] = PAPER[level];
  const corners = CORNERS[shape];
  const outline = corners ? `<polygon points="${corners.map((one) => one.join(",")).join(" ")}" fill="${fill}"/>` : `<circle r="9" fill="${fill}"/>`;
  return `${outline}<text y="${shape === "triangle" ? 6 : 4}" font-size="11" font-weight="700" text-anchor="middle" fill="${ink}">${letter}</text>`;
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
