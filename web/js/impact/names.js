// What the ids in the question are called. The picture knows most of them; the rest is asked once each.
import { useEffect, useState } from "../ui.js";
import { ask } from "../graphql.js";

/** A map id -> name that grows. `known`: names that came with answers. */
export function useNames(ids, known) {
  const [asked, setAsked] = useState(new Map());
  const missing = ids.filter((id) => !known.has(id) && !asked.has(id));
  useEffect(() => {
    let live = true;
    for (const id of missing.slice(0, 20)) {
      ask("ItemDetail", { id }).then(
        ({ item }) => live && setAsked((before) => new Map(before).set(id, item?.name ?? "an item that is not there")),
        () => live && setAsked((before) => new Map(before).set(id, "?")),
      );
    }
    return () => { live = false; };
  }, [missing.join(",")]);
  return new Map([...asked, ...known]);
}
