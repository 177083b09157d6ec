// What is compared and how it is looked at, as it stands in the address.
//   from=POINT  to=POINT  profile=NAME  service=ID|none  type=NAME  kind=NAME  unauthorised=1

/** Asked for as a service: what supports none. */
export const NO_SERVICE = "none";

export const EMPTY = { from: "", to: "now", profile: "", service: "", type: "", kind: "", unauthorised: false, unread: [] };

/** From the part of the address after `?`. `unread`: what is wrong with it, as sentences; then nothing is compared, since a side that was lost is
 * not the present. Points and names that do not exist are for the server to refuse. */
export function parse(query) {
  const said = new URLSearchParams(query);
  const text = (name, otherwise = "") => said.get(name) || otherwise;
  return {
    from: text("from"), to: text("to", "now"), profile: text("profile"), service: text("service"), type: text("type"), kind: text("kind"),
    unauthorised: said.get("unauthorised") === "1", unread: unread(said),
  };
}

function unread(said) {
  const empty = (name) => said.has(name) && !said.get(name).trim();
  const flag = said.get("unauthorised") ?? "1";
  return [
    (empty("from") || (said.has("to") && !said.has("from"))) && "It does not say what is compared.", empty("to") && "It does not say what it is compared with.",
    !["0", "1"].includes(flag) && `Whether only what is unauthorised is to be shown cannot be read from “${flag}”.`,
  ].filter(Boolean);
}

/** Back to the part after `?`. */
export function format(state) {
  const said = new URLSearchParams();
  for (const name of ["from", "to", "profile", "service", "type", "kind"]) if (state[name]) said.set(name, state[name]);
  if (state.unauthorised) said.set("unauthorised", "1");
  return said.toString();
}

/** The way to a comparison. */
export function compareLink(state) {
  return `#/compare?${format({ ...EMPTY, ...state })}`;
}

/** Where the whole comparison is streamed as a file. */
export function exportLink(state, format) {
  const said = new URLSearchParams({ from: state.from, to: state.to, format });
  for (const name of ["profile", "service", "type", "kind"]) if (state[name]) said.set(name, state[name]);
  if (state.unauthorised) said.set("only_unauthorised", "true");
  return `/compare/export?${said}`;
}

/** The variables of the operations; null where there is nothing to compare. */
export function question(state) {
  if (!state.from || state.unread.length) return null;
  return {
    from: state.from, to: state.to, profile: state.profile || null, service: state.service || null, types: state.type ? [state.type] : [],
    kinds: state.kind ? [state.kind] : [], onlyUnauthorised: state.unauthorised,
  };
}
