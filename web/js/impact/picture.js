// The picture with its tools. A canvas says nothing to a screen reader: the arrow keys walk over it and each box is spoken; the table
// below holds the same data.
import { html, useEffect, useMemo, useRef, useState } from "../ui.js";
import { canvasOf } from "./canvas.js";
import { spoken } from "./cards.js";
import { neighboursOf, step } from "./walk.js";
import { Level } from "../parts.js";
import { BAD_LEVELS, LEVEL_MEANS, count } from "../words.js";

const WALK = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home"];

/**
 * `path`: ids on the explaining path; `line`: key of the chosen line; `ends`: ids chosen to be joined, null when none are being chosen.
 * `on`: `{ pick(id), open(key), lose(id), unfold(all), line(wire), join(node), connect(node) }`; `stays`: a change that keeps the view.
 */
export function Picture({ picture, picked, path, all, line, ends, on, stays }) {
  const place = useRef(null);
  const canvas = useRef(null);
  const latest = useRef(on);
  const take = (node) => (node && ends ? on.join(node) : on.pick(node?.itemId ?? null));
  latest.current = { ...on, take };
  const [cursor, setCursor] = useState(null);
  const walked = useRef(null); // the line the last step went along
  const around = useMemo(() => neighboursOf(picture), [picture]);

  useEffect(() => {
    canvas.current = canvasOf(place.current, {
      pick: (node) => latest.current.take(node),
      open: (node) => latest.current.open(node.key),
      line: (wire) => latest.current.line(wire),
    });
    return () => canvas.current.stop();
  }, []);
  useEffect(() => {
    canvas.current.show(picture, stays.current);
    stays.current = false;
  }, [picture]);
  useEffect(() => {
    const wires = new Set(path.slice(1).map((key, index) => `${path[index]}>${key}`));
    canvas.current.mark({ picked, path: new Set(path), wires, cursor: cursor?.key ?? null, line, from: ends?.[0] ?? null });
  }, [picked, path, cursor, picture, line, ends?.[0]]);
  useEffect(() => {
    if (path.length) canvas.current.reveal(path);
  }, [path, picture]);

  const go = (node) => {
    if (!node) return;
    setCursor(node);
    canvas.current.look(node);
  };
  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = cursor && picture.nodes.find((node) => node.key === cursor.key);
    if (WALK.includes(event.key)) {
      const next = step(picture, around, here, event.key);
      if (next && here && ["ArrowLeft", "ArrowRight"].includes(event.key)) walked.current = event.key === "ArrowRight" ? [here, next] : [next, here];
      go(next);
    } else if (event.key === "Enter" || event.key === " ") here && (here.itemId === null ? on.open(here.key) : take(here));
    else if (event.key === "l") walked.current && on.line(wireBetween(picture, ...walked.current));
    else if (event.key === "c") here?.itemId && on.connect(here);
    else if (event.key === "Delete") here?.itemId && on.lose(here.itemId);
    else if (event.key === "Escape") on.pick(null);
    else if (event.key === "+" || event.key === "=") canvas.current.zoom(1.25);
    else if (event.key === "-") canvas.current.zoom(0.8);
    else if (event.key === "0") canvas.current.fit(picture);
    else return;
    event.preventDefault();
  };
  const said = cursor && spoken(cursor, around.before.get(cursor.key)?.length ?? 0, around.behind.get(cursor.key)?.length ?? 0);
  return html`<section class="picture" aria-labelledby="picture-title">
    <div class="tools">
      <h2 id="picture-title">Picture</h2>
      <ul class="legend">${BAD_LEVELS.map((level) => html`<li key=${level} title=${LEVEL_MEANS[level]}><${Level} level=${level} /></li>`)}</ul>
      <span class="spread"></span>
      <button class="quiet" aria-pressed=${ends ? "true" : "false"} onClick=${() => on.connect(null)}>Add a relationship</button>
      <button class="quiet" onClick=${() => canvas.current.zoom(1.25)} aria-label="Zoom in">+</button>
      <button class="quiet" onClick=${() => canvas.current.zoom(0.8)} aria-label="Zoom out">−</button>
      <button class="quiet" onClick=${() => canvas.current.fit(picture)}>Show all</button>
      ${(picture.folded > 0 || all) && html`<button class="quiet" aria-pressed=${all ? "true" : "false"} onClick=${() => on.unfold(!all)}>${all ? "Fold again" : "Unfold"}</button>`}
    </div>
    <div class="board" style=${{ height: `${Math.round(Math.min(680, Math.max(340, picture.height * 0.8 + 90)))}px` }} ref=${place} tabindex="0" role="application" aria-roledescription="picture to walk over" aria-label="Blast radius"
      aria-describedby="picture-keys" onKeydown=${keys} onFocus=${() => !cursor && go(step(picture, around, null, "Home"))}></div>
    <p id="picture-keys" class="small muted keys">Drag to move, turn the wheel to zoom. Click a box for the reason or to open what is folded, a line to take it away. A dashed line is a soft need; from far away a box is a bar, the longer the worse. Keys: ← causes, → what it reaches, ↑ ↓ within the layer, Enter why or open, L the line just walked, C join to another, Delete try without it, + − 0 zoom.
      ${picture.folded > 0 && ` ${count(picture.folded)} items are folded by type.`}
      ${!picture.allLinks && " Too many relationships to draw: only the explaining paths are shown."}</p>
    <p class="unseen" role="status" aria-live="polite">${said}</p>
  </section>`;
}

function wireBetween({ nodes, links }, source, target) {
  const link = links.find((one) => nodes[one.source].key === source.key && nodes[one.target].key === target.key);
  return link ? { ...link, source, target, key: `${source.key}>${target.key}` } : null;
}
