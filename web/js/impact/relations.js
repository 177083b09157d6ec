// Relationships between two items: those there are, and those there may be.
import { ask } from "../graphql.js";
import { plain } from "../words.js";

const PIECE = 200;
const PIECES = 25; // an item that needs more than 5,000 others is looked through no further

/** How `provider` may trouble `dependent`: the relationships between them, as `{ type, source, target, label }`. */
export async function between(provider, dependent, asOf, signal) {
  const found = [];
  let after = null;
  for (let piece = 0; piece < PIECES; piece += 1) {
    const { item } = await ask("Needs", { id: dependent, asOf, first: PIECE, after }, signal);
    const { nodes, pageInfo } = item?.dependsOn ?? { nodes: [], pageInfo: { hasNextPage: false } };
    found.push(...nodes.filter((one) => one.item?.id === provider).map((one) => ({ ...ends(one, dependent), label: one.label, sources: one.sources })));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  return found;
}

/** A relationship seen from the item `id`, as it is stored. */
export function ends(one, id) {
  return one.outgoing ? { type: one.type, source: id, target: one.item?.id } : { type: one.type, source: one.item?.id, target: id };
}

/**
 * The relationships two items may have over which failure travels, either way round: `{ type, source, target, need, words, reaches }`.
 * Those over which trouble `reaches` the second come first, and of these that something depends on something.
 */
export function possible(words, one, other) {
  const ancestors = new Map(words.types.map((type) => [type.name, new Set([type.name, ...type.ancestors])]));
  const is = (item, type) => ancestors.get(item.type)?.has(type);
  const of = (source, target) => words.relationTypes
    .filter((type) => type.propagation !== "none" && type.pairs.some((pair) => is(source, pair.source) && is(target, pair.target)))
    .map((type) => ({ type: type.name, source: source.id, target: target.id, need: type.need, reaches: type.affectedEnd === "target" ? target.id : source.id,
      words: `${source.name} ${plain(type.name)} ${target.name}` }));
  const all = [...of(one, other), ...of(other, one)];
  const rank = (found) => (found.reaches === other.id ? 0 : 2) + (found.type === "depends_on" ? 0 : 1);
  return all.sort((found, next) => rank(found) - rank(next));
}
