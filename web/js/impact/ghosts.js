// What is tried out, on the picture itself: what was hit before and is well now stays as a pale box with a tick, what no longer carries
// trouble as a pale line, a relationship taken away with a cross, one that was added dashed.

const GAP = 44; // between layers, as the server leaves it
const ROW = 60;
const COLUMN = 212;
const MOST = 100; // pale boxes; the table of differences has all

/**
 * `picture` with what is tried out marked on it. `base`: the picture without it, null where that is not known; `rows`: what differs;
 * `state`: what is tried out.
 */
export function withTried(picture, base, rows, state) {
  const differs = new Map(rows.map((row) => [row.itemId, row]));
  const nodes = picture.nodes.map((node) => {
    const row = differs.get(node.itemId);
    const was = row && row.after === node.level ? { was: row.before, worse: row.harm > 0 } : {};
    return { ...node, ...was, lost: node.itemId !== null && state.lost.includes(node.itemId) };
  });
  const links = picture.links.map((link) => ({ ...link, added: joins(state.tie, nodes[link.source], nodes[link.target]) }));
  const merged = { ...picture, nodes, links };
  return base ? withGone(merged, base, differs, state) : merged;
}

function withGone(picture, base, differs, state) {
  const here = new Set(picture.nodes.map((node) => node.key));
  const gone = base.nodes.filter((node) => !here.has(node.key) && differs.get(node.itemId)?.after === "OK").slice(0, MOST)
    .map((node) => ({ ...node, gone: true, was: node.level, level: "OK", worse: false }));
  const { nodes: placed, layers } = below(picture, gone);
  const nodes = [...picture.nodes, ...placed];
  const at = new Map(nodes.map((node, index) => [node.key, index]));
  const stand = new Set(picture.links.map((link) => `${link.source}>${link.target}`));
  const links = base.links.map((link) => ({ ...link, source: at.get(base.nodes[link.source].key), target: at.get(base.nodes[link.target].key) }))
    .filter((link) => link.source !== undefined && link.target !== undefined && !stand.has(`${link.source}>${link.target}`))
    .map((link) => ({ ...link, gone: true, cut: joins(state.cut, nodes[link.source], nodes[link.target]) }));
  const reach = Math.max(picture.height / 2, ...placed.map((node) => Math.abs(node.y) + ROW / 2));
  const width = Math.max(picture.width, ...layers.map((layer) => layer.x + layer.width / 2));
  return { ...picture, nodes, links: [...picture.links, ...links], layers, width, height: reach * 2 };
}

/** Places for boxes that are not hit any more: under those of their layer, in a layer of their own where there is none. */
function below(picture, gone) {
  const layers = [...picture.layers];
  const nodes = [];
  for (const node of gone) {
    let layer = layers.find((one) => one.depth === node.depth);
    if (!layer) {
      const right = Math.max(-GAP, ...layers.map((one) => one.x + one.width / 2));
      layer = { depth: node.depth, x: right + GAP + COLUMN / 2, width: COLUMN, count: 0 };
      layers.push(layer);
    }
    const x = layer.x - layer.width / 2 + COLUMN / 2;
    const low = [...picture.nodes, ...nodes].filter((one) => one.depth === node.depth).reduce((most, one) => Math.max(most, one.y), -Infinity);
    nodes.push({ ...node, x, y: low === -Infinity ? 0 : low + ROW });
  }
  return { nodes, layers };
}

function joins(relations, one, other) {
  return relations.some(({ source, target }) => (source === one.itemId && target === other.itemId) || (source === other.itemId && target === one.itemId));
}
