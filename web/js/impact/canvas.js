// The picture on a canvas: force-graph pans, zooms and picks; places come from the server and are fixed.
import "../../vendor/force-graph/force-graph.min.js";
import { CORNERS, HEIGHT, WIDTH, curve, lines, shortened } from "./cards.js";
import { LEVELS } from "../words.js";

const { ForceGraph } = globalThis;
const READABLE = 0.74; // below this zoom names cannot be read
const NAMES = 0.34;
const LEFT = 24;

/**
 * Draws into `place`. `on.pick(node)` and `on.open(node)` are called on clicks. Gives `{ show, mark, look, zoom, fit, stop }`.
 */
export function canvasOf(place, on) {
  const view = { colours: coloursOf(place), picked: null, path: new Set(), cursor: null, wires: new Set() };
  const graph = new ForceGraph(place)
    .nodeId("key").nodeLabel(() => "").linkLabel(() => "").enableNodeDrag(false).cooldownTicks(0).warmupTicks(0).minZoom(0.04).maxZoom(3)
    .backgroundColor("rgba(0,0,0,0)")
    .nodeCanvasObject((node, pen, scale) => inSight(graph, node) && card(pen, node, scale, view))
    .nodePointerAreaPaint((node, colour, pen) => {
      pen.fillStyle = colour;
      pen.fillRect(node.x - WIDTH / 2, node.y - HEIGHT / 2, WIDTH, HEIGHT);
    })
    .linkCanvasObject((link, pen, scale) => wire(pen, link, scale, view))
    .linkPointerAreaPaint(() => {})
    .onNodeClick((node) => (node.itemId === null ? on.open(node) : on.pick(node)))
    .onBackgroundClick(() => on.pick(null))
    .onNodeHover((node) => { place.style.cursor = node ? "pointer" : "grab"; });
  graph.d3Force("charge", null).d3Force("center", null);
  const size = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    if (width && height) graph.width(width).height(height);
  });
  size.observe(place);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => {
    view.colours = coloursOf(place);
    redraw(graph);
  };
  scheme.addEventListener("change", recolour);
  return {
    show(picture, keep) {
      graph.width(place.clientWidth).height(place.clientHeight);
      graph.graphData(dataOf(picture));
      if (!keep) start(graph, picture, place);
    },
    mark(change) {
      Object.assign(view, change);
      redraw(graph);
    },
    reveal(keys) {
      const nodes = graph.graphData().nodes.filter((node) => keys.includes(node.key));
      if (nodes.length && !nodes.every((node) => inSight(graph, node, -WIDTH / 2))) around(graph, nodes, place);
    },
    look(node) {
      if (!inSight(graph, node, -WIDTH / 2)) graph.centerAt(node.x, node.y, 0);
    },
    zoom: (factor) => graph.zoom(Math.min(3, Math.max(0.04, graph.zoom() * factor)), 0),
    fit: (picture) => fit(graph, picture, place, 0),
    stop() {
      size.disconnect();
      scheme.removeEventListener("change", recolour);
      graph._destructor();
      place.replaceChildren();
    },
  };
}

function dataOf({ nodes, links }) {
  return {
    nodes: nodes.map((node) => ({ ...node, fx: node.x, fy: node.y })),
    links: links.map((link) => ({ ...link, source: nodes[link.source].key, target: nodes[link.target].key })),
  };
}

function redraw(graph) {
  graph.nodeCanvasObjectMode(graph.nodeCanvasObjectMode()); // any setting asks for one more frame
}

/** At first the roots are at the left edge, at a size one can read; everything, where everything fits. */
function start(graph, picture, place) {
  fit(graph, picture, place, READABLE);
}

function fit(graph, picture, place, least) {
  const width = picture.width + LEFT * 2;
  const all = Math.min(1.1, place.clientWidth / width, place.clientHeight / (picture.height + LEFT * 2));
  const scale = Math.max(all, least);
  graph.zoom(scale, 0);
  const seen = place.clientWidth / scale;
  graph.centerAt(scale > place.clientWidth / width ? seen / 2 - LEFT : picture.width / 2, 0, 0);
}

/** Zooms out, never in, until these boxes can be seen together. */
function around(graph, nodes, place) {
  const [left, right] = [Math.min(...nodes.map((one) => one.x)) - WIDTH / 2, Math.max(...nodes.map((one) => one.x)) + WIDTH / 2];
  const [top, bottom] = [Math.min(...nodes.map((one) => one.y)) - HEIGHT, Math.max(...nodes.map((one) => one.y)) + HEIGHT];
  const scale = Math.min(graph.zoom(), place.clientWidth / (right - left + LEFT * 2), place.clientHeight / (bottom - top));
  graph.zoom(scale, 0);
  graph.centerAt((left + right) / 2, (top + bottom) / 2, 0);
}

function inSight(graph, node, margin = WIDTH) {
  const { x: left, y: top } = graph.screen2GraphCoords(0, 0);
  const { x: right, y: bottom } = graph.screen2GraphCoords(graph.width(), graph.height());
  return node.x > left - margin && node.x < right + margin && node.y > top - margin && node.y < bottom + margin;
}

function card(pen, node, scale, view) {
  const { colours } = view;
  const left = node.x - WIDTH / 2;
  const top = node.y - HEIGHT / 2;
  const dim = view.path.size > 1 && !view.path.has(node.key);
  pen.globalAlpha = dim ? 0.38 : 1;
  if (node.itemId === null) {
    box(pen, left + 5, top - 4, colours.paper, colours.strongLine, 1);
  }
  const picked = node.key === view.picked;
  const line = picked || node.key === view.cursor ? colours.focus : view.path.has(node.key) ? colours.ink : colours.line;
  box(pen, left, top, node.root ? colours[`${node.level}-soft`] : colours.paper, line, picked || node.key === view.cursor ? 3 : 1.2);
  mark(pen, left + 19, node.y, node, colours);
  if (scale >= NAMES) {
    const [name, under] = lines(node);
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillStyle = colours.ink;
    pen.font = `600 13px ${colours.text}`;
    pen.fillText(shortened(name, 22), left + 37, node.y - 7);
    pen.fillStyle = colours.muted;
    pen.font = `11px ${colours.text}`;
    pen.fillText(shortened(under, 27), left + 37, node.y + 9);
  }
  pen.globalAlpha = 1;
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

function wire(pen, link, scale, view) {
  const { source, target } = link;
  if (source.key === undefined || target.key === undefined) return;
  const onPath = view.wires.has(`${source.key}>${target.key}`);
  const dim = view.path.size > 1 && !onPath;
  const [x1, y1, a, b, c, d, x2, y2] = curve(source, target);
  pen.globalAlpha = dim ? 0.2 : onPath || x2 > x1 ? 1 : 0.35; // against the layers: faint, or it hides the rest
  pen.strokeStyle = onPath ? view.colours.ink : view.colours.strongLine;
  pen.fillStyle = pen.strokeStyle;
  pen.lineWidth = (onPath ? 2.4 : Math.min(5, 1 + Math.log10(link.count))) / Math.max(scale, 0.5) ** 0.5;
  if (link.need === "soft") pen.setLineDash([5, 4]);
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.bezierCurveTo(a, b, c, d, x2 - 5, y2);
  pen.stroke();
  pen.setLineDash([]);
  if (scale >= NAMES) {
    pen.beginPath();
    pen.moveTo(x2, y2);
    pen.lineTo(x2 - 7, y2 - 4);
    pen.lineTo(x2 - 7, y2 + 4);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function coloursOf(place) {
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
