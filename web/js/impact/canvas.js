// The picture on a canvas: force-graph pans and zooms; places come from the server, painting and picking are our own.
import "../../vendor/force-graph/force-graph.min.js";
import { HEIGHT, WIDTH } from "./cards.js";
import { at, coloursOf, paint, sceneOf } from "./paint.js";

const { ForceGraph } = globalThis;
const READABLE = 0.74; // below this zoom names cannot be read
const LEFT = 24;
const [FARTHEST, NEAREST] = [0.02, 3];
const SETTLED = 140; // milliseconds without a move until everything is painted again
const REACH = 7; // screen pixels from a wire that still hit it

/**
 * Draws into `place`. `on.pick(node)`, `on.open(node)` and `on.line(wire)` are called on clicks.
 * Gives `{ show, mark, reveal, look, zoom, fit, stop }`.
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
  const graph = new ForceGraph(place)
    .enablePointerInteraction(false).cooldownTicks(0).warmupTicks(0).minZoom(FARTHEST).maxZoom(NEAREST).backgroundColor("rgba(0,0,0,0)")
    .onZoom(() => moved())
    .onRenderFramePost((pen, scale) => paint(pen, scale, scene, sightOf(graph), view));
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
    zoom: (factor) => graph.zoom(Math.min(NEAREST, Math.max(FARTHEST, graph.zoom() * factor)), 0),
    fit: (picture) => fit(graph, picture, place, 0),
    stop() {
      clearTimeout(rest);
      size.disconnect();
      scheme.removeEventListener("change", recolour);
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

/** At first the roots are at the left edge, at a size one can read; everything, where everything fits. */
function start(graph, picture, place) {
  fit(graph, picture, place, READABLE);
}

function fit(graph, picture, place, least) {
  const width = picture.width + LEFT * 2;
  const all = Math.min(1.1, place.clientWidth / width, place.clientHeight / (picture.height + LEFT * 2));
  const scale = Math.max(all, least, FARTHEST);
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

function sightOf(graph) {
  const { x: left, y: top } = graph.screen2GraphCoords(0, 0);
  const { x: right, y: bottom } = graph.screen2GraphCoords(graph.width(), graph.height());
  return { left, top, right, bottom };
}

function inSight(graph, node) {
  const { left, top, right, bottom } = sightOf(graph);
  return node.x - WIDTH / 2 > left && node.x + WIDTH / 2 < right && node.y - HEIGHT / 2 > top && node.y + HEIGHT / 2 < bottom;
}
