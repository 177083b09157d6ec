// What ids are called. Answers bring most of the names along; the rest are asked for together, each id once.
import { useEffect, useRef, useState } from "../ui.js";
import { ask } from "../graphql.js";

const PIECE = 1_000; // the server names so many at once

const LOOKED_UP = 20; // ids that name nothing live are looked up in the ledger one by one

/** A map id -> name that grows. `known`: names that came with answers. */
export function useNames(ids, known) {
  return useNamed(ids, known).names;
}

/** The same as `names`, and `gone`: those that are not live, id -> the commit that retired it, or null where there never was such an item.
 * A retired item is called what it last was, and what never was by its id. */
export function useNamed(ids, known) {
  const [gone, setGone] = useState(new Map());
  const [asked, setAsked] = useState(new Map());
  const begun = useRef(new Set()); // an answer on its way counts: asking again would throw the first away
  const missing = ids.filter((id) => !known.has(id) && !begun.current.has(id));
  useEffect(() => {
    const wanted = [...new Set(missing)];
    wanted.forEach((id) => begun.current.add(id));
    for (let at = 0; at < wanted.length; at += PIECE) {
      const piece = wanted.slice(at, at + PIECE);
      const put = (pairs) => setAsked((before) => new Map([...before, ...pairs]));
      ask("ItemNames", { ids: piece }).then(
        ({ nodes }) => {
          const found = piece.map((id, index) => [id, nodes[index]?.name]);
          put(found.filter(([, name]) => name));
          const absent = found.filter(([, name]) => !name).map(([id]) => id);
          put(absent.slice(LOOKED_UP).map((id) => [id, id]));
          absent.slice(0, LOOKED_UP).forEach((id) => last(id).then(({ name, seq }) => {
            put([[id, name]]);
            setGone((before) => new Map([...before, [id, seq]]));
          }, () => put([[id, id]])));
        },
        () => put(piece.map((id) => [id, "?"])),
      );
    }
  }, [missing.join(",")]);
  const live = [...known.keys()];
  return { names: new Map([...asked, ...known]), gone: new Map([...gone].filter(([id]) => !live.includes(id))) };
}

async function last(id) {
  const [version] = (await ask("LastVersion", { id })).history.nodes;
  return { name: version?.item?.name ?? id, seq: version ? Number(version.seq) : null };
}

/** A problem told with names in place of the ids that are known. */
export function named(problem, names) {
  const message = told(problem.message, names);
  return message === problem.message ? problem : { ...problem, code: problem.code, more: problem.more, message };
}

/** The same with a text. */
export function told(text, names) {
  return [...names].reduce((before, [id, name]) => (id.length > 8 ? before.replaceAll(id, name) : before), text ?? "");
}
