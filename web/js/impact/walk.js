// Walking over the picture with the arrow keys: right follows trouble, left goes back to its causes, up and down stay in the column.

/** `{ before, behind }`: for each key the boxes trouble comes from and goes to, from top to bottom. */
export function neighboursOf({ nodes, links }) {
  const before = new Map(nodes.map((node) => [node.key, []]));
  const behind = new Map(nodes.map((node) => [node.key, []]));
  for (const link of links) {
    before.get(nodes[link.target].key).push(nodes[link.source]);
    behind.get(nodes[link.source].key).push(nodes[link.target]);
  }
  for (const list of [...before.values(), ...behind.values()]) list.sort((one, other) => one.y - other.y || one.x - other.x);
  return { before, behind };
}

/** The box the key leads to from `node`; null where it leads nowhere. */
export function step(picture, around, node, key) {
  if (key === "Home") return picture.nodes.find((one) => one.root) ?? picture.nodes[0] ?? null;
  if (!node) return step(picture, around, null, "Home");
  if (key === "ArrowRight") return nearest(around.behind.get(node.key), node) ?? null;
  if (key === "ArrowLeft") return nearest(around.before.get(node.key), node) ?? null;
  const column = picture.nodes.filter((one) => one.depth === node.depth).sort((one, other) => one.x - other.x || one.y - other.y);
  const at = column.findIndex((one) => one.key === node.key);
  return column[at + (key === "ArrowDown" ? 1 : -1)] ?? null;
}

function nearest(list, node) {
  return (list ?? []).reduce((best, one) => (best === undefined || distance(one, node) < distance(best, node) ? one : best), undefined);
}

function distance(one, node) {
  return Math.abs(one.y - node.y) + Math.abs(one.x - node.x) / 4;
}
