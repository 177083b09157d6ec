// The picture with its tools. A canvas says nothing to a screen reader: the arrow keys walk over it and each box is spoken; the table
// below holds the same data.
import { html, useEffect, useMemo, useRef, useState } from "../ui.js";
import { canvasOf, heightFor } from "./canvas.js";
import { spoken } from "./cards.js";
import { neighboursOf, step } from "./walk.js";
import { Level } from "../parts.js";
import { BAD_LEVELS, LEVEL_MEANS, many, plain } from "../words.js";

const WALK = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home"];

/**
 * `path`: ids on the explaining path; `line`: key of the chosen line; `ends`: ids chosen to be joined, null when none are being chosen;
 * `opened`: keys of folded boxes that were opened; `most`: boxes that may stand singly; `waits`: another picture is on its way; `view`: what one looks at, the place is kept as
 * long as it is the same. `on`: `{ pick(id), open(key), fold(key), lose(id), unfold(all), line(wire), join(node), connect(node), escape() }`.
 */
export function Picture({ picture, picked, path, all, line, ends, opened, most, tried, waits, view, on }) {
  const place = useRef(null);
  const canvas = useRef(null);
  const latest = useRef(on);
  const take = (node) => (node && ends ? on.join(node) : on.pick(node?.itemId ?? null));
  const [beyond, setBeyond] = useState({ left: 0, right: 0 });
  latest.current = { ...on, take };
  const [cursor, setCursor] = useState(null);
  const walked = useRef(null); // the line the last step went along
  const seen = useRef(null);
  const around = useMemo(() => neighboursOf(picture), [picture]);

  useEffect(() => {
    canvas.current = canvasOf(place.current, {
      pick: (node) => latest.current.take(node),
      open: (node) => latest.current.open(node.key),
      line: (wire) => latest.current.line(wire),
      beyond: setBeyond,
    });
    return () => canvas.current.stop();
  }, []);
  useEffect(() => {
    place.current.style.height = `${heightFor(picture, place.current.clientWidth)}px`;
    canvas.current.show(picture, seen.current === view);
    seen.current = view;
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
    else if (event.key === "Delete") here?.itemId && !here.root && on.lose(here.itemId);
    else if (event.key === "Escape") on.escape();
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
    <${Folds} picture=${picture} all=${all && !waits} opened=${opened} most=${most} on=${on} />
    <div class="board-place">
      <div class="board" ref=${place} tabindex="0" role="application" aria-roledescription="picture to walk over" aria-label="Blast radius"
        aria-describedby="picture-keys" onKeydown=${keys} onFocus=${() => !cursor && go(step(picture, around, null, "Home"))}></div>
      ${beyond.left > 0 && html`<button class="quiet beyond beyond-left" onClick=${() => canvas.current.turn(-1)}>← ${many(beyond.left, "more layer")}</button>`}
      ${beyond.right > 0 && html`<button class="quiet beyond beyond-right" onClick=${() => canvas.current.turn(1)}>${many(beyond.right, "more layer")} →</button>`}
    </div>
    <${Help} picture=${picture} tried=${tried} />
    <p class="unseen" role="status" aria-live="polite">${said}</p>
  </section>`;
}

/** What is folded, and each box that was opened, to be folded again. */
function Folds({ picture, all, opened, most, on }) {
  const folded = picture.folded > 0 && `${many(picture.folded, "item is", "items are")} folded by type`;
  const limit = all && folded ? `: a picture shows ${many(most, "item")} singly at most. Click a folded box to open it, or use the table.` : ".";
  const piles = opened.filter((key) => !key.includes("+"));
  if (!folded && !piles.length) return null;
  return html`<p class="small folds">${folded && html`<span class="muted">${folded}${limit}</span>`}
    ${piles.map((key) => {
      const [depth, type] = key.split(":");
      return html` <button key=${key} class="quiet" onClick=${() => on.fold(key)}>Fold ${plain(type)} of step ${depth} again</button>`;
    })}</p>`;
}

function Help({ picture, tried }) {
  return html`<p id="picture-keys" class="small muted keys">Drag to move; Ctrl (or ⌘) and the wheel to zoom. Click a box for the reason or to open what is folded, a line to take it away. A dashed line is a soft need, a dashed mark a redundancy group; each band is one step further from what fails; from far away a box is a bar, the longer the worse.
    ${tried && " Tried out: a line taken away is crossed out, one that was added is dashed blue, a pale box with a tick is well again."}
    ${!picture.allLinks && " Too many relationships to draw: only the explaining paths are shown."}
    <br />Keys: ← causes, → what it reaches, ↑ ↓ within the layer, Enter why or open, L the line just walked, C join to another, Delete try without it, Escape close, + − 0 zoom.</p>`;
}

function wireBetween({ nodes, links }, source, target) {
  const link = links.find((one) => nodes[one.source].key === source.key && nodes[one.target].key === target.key);
  return link ? { ...link, source, target, key: `${source.key}>${target.key}` } : null;
}
