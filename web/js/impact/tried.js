// What is tried out, in words, and how each is undone.
import { plain } from "../words.js";

/** `[{ words, undo }]`; `name(id)` gives what an item is called, `undo` the part of the state to change. */
export function triedWords(state, name) {
  const less = (list, one) => state[list].filter((other) => other !== one);
  const ends = (one) => `${name(one.source)} ${plain(one.type)} ${name(one.target)}`;
  return [
    ...state.lost.map((id) => ({ words: `${name(id)} is lost too`, undo: { lost: less("lost", id) } })),
    ...state.cut.map((one) => ({ words: `without: ${ends(one)}`, undo: { cut: less("cut", one) } })),
    ...state.tie.map((one) => ({ words: `with: ${ends(one)}`, undo: { tie: less("tie", one) } })),
    ...state.need.map((one) => ({ words: `${name(one.id)} needs ${one.needed} of its members`, undo: { need: less("need", one) } })),
  ];
}
