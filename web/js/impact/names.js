// What ids are called. Answers bring most of the names along; the rest are asked for together, each id once.
import { useEffect, useRef, useState } from "../ui.js";
import { ask } from "../graphql.js";

const PIECE = 1_000; // the server names so many at once

/** A map id -> name that grows. `known`: names that came with answers. */
export function useNames(ids, known) {
  const [asked, setAsked] = useState(new Map());
  const begun = useRef(new Set()); // an answer on its way counts: asking again would throw the first away
  const missing = ids.filter((id) => !known.has(id) && !begun.current.has(id));
  useEffect(() => {
    const wanted = [...new Set(missing)];
    wanted.forEach((id) => begun.current.add(id));
    for (let at = 0; at < wanted.length; at += PIECE) {
      const piece = wanted.slice(at, at + PIECE);
      const put = (name) => setAsked((before) => new Map([...before, ...piece.map((id, index) => [id, name(index)])]));
      ask("ItemNames", { ids: piece }).then(
        ({ nodes }) => put((index) => nodes[index]?.name ?? "an item that is not there"),
        () => put(() => "?"),
      );
    }
  }, [missing.join(",")]);
  return new Map([...asked, ...known]);
}

/** A problem told with names in place of the ids that are known. */
export function named(problem, names) {
  const message = [...names].reduce((text, [id, name]) => (id.length > 8 ? text.replaceAll(id, name) : text), problem.message);
  return message === problem.message ? problem : { ...problem, code: problem.code, message };
}
