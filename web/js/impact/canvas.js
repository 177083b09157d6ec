// The picture on a canvas: force-graph pans and zooms; places come from the server, painting and picking are our own.
import "../../vendor/force-graph/force-graph.min.js";
import { HEIGHT, WIDTH } from "./cards.js";
import { at, coloursOf, extent, paint, sceneOf } from "./paint.js";

const { ForceGraph } = globalThis;
const READABLE = 0.6; // below this zoom names cannot be read
const EDGE = 10; // screen pixels around a picture that fits
const [FARTHEST, NEAREST] = [0.02, 3];
const SETTLED = 140; // milliseconds without a move until everything is painted again
const FINE = 40; // two fingers turn the wheel in smaller steps than this
const REACH = 7; // screen pixels from a wire that still hit it

/**
 * Draws into `place`. `on.pick(node)`, `on.open(node)` and `on.line(wire)` are called on clicks, `on.beyond({ left, right })` when
 * another number of layers is out of sight. Gives `{ show, mark, reveal, look, zoom, fit, turn, stop }`.
 */
export function canvasOf(place, on) {
  const view = { colours: coloursOf(place), picked: null, path: new Set(), cursor: null, wires: new Set(), line: null, from: null, fits: new Map(), moving: false };
  let scene = { nodes: [], wires: [], width: 0, height: 0 };
  let rest = null; // what ends the hurry of a move
  const moved = () => {
    view.moving = true;
    clearTimeout(rest);
    rest = setTimeout(() => {
      view.moving = false;
      redraw(graph);
    }, SETTLED);
  };
  let told = "";
  const tell = (sight) => {
    const beyond = beyondOf(scene, sight);
    if (told === (told = `${beyond.left} ${beyond.right}`)) return;
    on.beyond?.(beyond);
  };
  const graph = new ForceGraph(place)
    .enablePointerInteraction(false).cooldownTicks(0).warmupTicks(0).minZoom(FARTHEST).maxZoom(NEAREST).backgroundColor("rgba(0,0,0,0)")
    .enableZoomInteraction((event) => event.type !== "wheel") // the wheel alone turns the page; with Ctrl it is ours
    .onZoom(() => moved())
    .onRenderFramePost((pen, scale) => {
      const sight = sightOf(graph);
      paint(pen, scale, scene, sight, view);
      tell(sight);
    });
  const under = (event) => {
    const edge = place.getBoundingClientRect();
    const { x, y } = graph.screen2GraphCoords(event.clientX - edge.left, event.clientY - edge.top);
    return at(scene, x, y, REACH / graph.zoom());
  };
  const click = (event) => {
    const { node, wire } = under(event);
    if (node) (node.itemId === null ? on.open : on.pick)(node);
    else if (wire) on.line(wire);
    else on.pick(null);
  };
  const hover = (event) => {
    if (event.buttons) return;
    const { node, wire } = under(event);
    place.style.cursor = node || wire ? "pointer" : "grab";
  };
  const wheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault(); // or the browser enlarges the page
    const edge = place.getBoundingClientRect();
    const speed = Math.abs(event.deltaY) < FINE ? 0.01 : 0.002;
    zoomAt(graph, event.clientX - edge.left, event.clientY - edge.top, 2 ** (-event.deltaY * speed));
  };
  place.addEventListener("wheel", wheel, { passive: false });
  place.addEventListener("click", click);
  place.addEventListener("pointermove", hover);
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
      scene = sceneOf(picture);
      view.fits.clear();
      graph.width(place.clientWidth).height(place.clientHeight);
      if (!keep) start(graph, picture, place);
      redraw(graph);
    },
    mark(change) {
      Object.assign(view, change);
      redraw(graph);
    },
    reveal(keys) {
      const nodes = scene.nodes.filter((node) => keys.includes(node.key));
      if (nodes.length && !nodes.every((node) => inSight(graph, node))) around(graph, nodes, place);
    },
    look(node) {
      if (!inSight(graph, node)) graph.centerAt(node.x, node.y, 0);
    },
    zoom: (factor) => zoomAt(graph, graph.width() / 2, graph.height() / 2, factor),
    fit: (picture) => fit(graph, picture, place, 0),
    turn: (way) => graph.centerAt(graph.centerAt().x + (way * 0.8 * graph.width()) / graph.zoom(), graph.centerAt().y, 0),
    stop() {
      clearTimeout(rest);
      size.disconnect();
      scheme.removeEventListener("change", recolour);
      place.removeEventListener("wheel", wheel);
      place.removeEventListener("click", click);
      place.removeEventListener("pointermove", hover);
      graph._destructor();
      place.replaceChildren();
    },
  };
}

function redraw(graph) {
  graph.nodeCanvasObjectMode(graph.nodeCanvasObjectMode()); // any setting asks for one more frame
}

/** Zooms so that what is under a point of the screen stays there. */
function zoomAt(graph, x, y, factor) {
  const before = graph.screen2GraphCoords(x, y);
  graph.zoom(Math.min(NEAREST, Math.max(FARTHEST, graph.zoom() * factor)), 0);
  const after = graph.screen2GraphCoords(x, y);
  const centre = graph.centerAt();
  graph.centerAt(centre.x + before.x - after.x, centre.y + before.y - after.y, 0);
}

/** At first the roots are at the left edge, at a size one can read; everything, where everything fits. */
function start(graph, picture, place) {
  fit(graph, picture, place, READABLE);
}

function fit(graph, picture, place, least) {
  const { left, right, top, bottom } = extent(picture);
  const [width, height] = [place.clientWidth - EDGE * 2, place.clientHeight - EDGE * 2];
  const scale = Math.max(Math.min(1.1, width / (right - left), height / (bottom - top)), least, FARTHEST);
  graph.zoom(scale, 0);
  const wide = (right - left) * scale > width + 1;
  const high = (bottom - top) * scale > height + 1;
  graph.centerAt(wide ? left + (place.clientWidth / 2 - EDGE) / scale : (left + right) / 2, high ? 0 : (top + bottom) / 2, 0);
}

/** How high a board of this width should be to show the picture as `start` does. */
export function heightFor(picture, width) {
  const { left, right, top, bottom } = extent(picture);
  const scale = Math.min(1.1, Math.max(READABLE, (width - EDGE * 2) / (right - left)));
  return Math.round(Math.min(680, Math.max(260, (bottom - top) * scale + EDGE * 2)));
}

/** Zooms out, never in, until these boxes can be seen together. */
function around(graph, nodes, place) {
  const [left, right] = [Math.min(...nodes.map((one) => one.x)) - WIDTH / 2, Math.max(...nodes.map((one) => one.x)) + WIDTH / 2];
  const [top, bottom] = [Math.min(...nodes.map((one) => one.y)) - HEIGHT, Math.max(...nodes.map((one) => one.y)) + HEIGHT];
  const scale = Math.min(graph.zoom(), place.clientWidth / (right - left + EDGE * 4), place.clientHeight / (bottom - top));
  graph.zoom(scale, 0);
  graph.centerAt((left + right) / 2, (top + bottom) / 2, 0);
}

function sightOf(graph) {
  const { x: left, y: top } = graph.screen2GraphCoords(0, 0);
  const { x: right, y: bottom } = graph.screen2GraphCoords(graph.width(), graph.height());
  return { left, top, right, bottom };
}

function inSight(graph, node) {
  const { left, top, right, bottom } = sightOf(graph);
  return node.x - WIDTH / 2 > left && node.x + WIDTH / 2 < right && node.y - HEIGHT / 2 > top && node.y + HEIGHT / 2 < bottom;
}

/** How many layers are out of sight at either side. */
function beyondOf({ layers }, { left, right }) {
  return {
    left: layers.filter((one) => one.x + one.width / 2 - WIDTH / 2 < left).length,
    right: layers.filter((one) => one.x - one.width / 2 + WIDTH / 2 > right).length,
  };
}
