// What an item is: every value with its source and age, in the order the item's type gives them.
import { html, useMemo } from "../ui.js";
import { labelled, measured } from "../units.js";
import { ago, moment } from "../words.js";

const CORE = ["status", "version", "owner", "location", "description"];

/** `item` as ItemDetail or LastVersion give it; `type` as ItemType does, null while it is not known; `retired`: it is what it last was.
 * Roles are spelled out since a narrow screen stacks each row, and a table that is not laid out as one is none to those who hear it. */
export function Values({ item, type, title = "Attributes", retired = false }) {
  const rows = useMemo(() => rowsOf(item, type), [item, type]);
  const called = (row) => (retired && row.field === "status" ? "Status when retired" : labelled(row.field, row.unit));
  return html`<section aria-labelledby="attributes-title">
    <h2 id="attributes-title">${title}</h2>
    <div class="scroll" tabindex="0" role="group" aria-label=${title}><table class="stacks" role="table">
      <thead role="rowgroup"><tr role="row">${["Attribute", "Value", "Source", "Age"].map((one) => html`<th key=${one} scope="col" role="columnheader">${one}</th>`)}</tr></thead>
      <tbody role="rowgroup">${rows.map((row) => html`<tr key=${row.field} role="row"><th scope="row" role="rowheader" title=${row.about}>${called(row)}</th>
        <td class="value" role="cell">${measured(row.value, row.unit)}</td><td class="source" role="cell">${row.source ?? ""}</td>
        <td class="muted age" role="cell">${row.seen && html`<time datetime=${row.seen} title=${moment(row.seen)}>${ago(row.seen)}</time>`}</td></tr>`)}</tbody>
    </table></div>
  </section>`;
}

/** Every value that is set, with the source it comes from and when that source last said so. What the type does not have comes last. */
function rowsOf(item, type) {
  const known = type?.attributes ?? [];
  const about = new Map(known.map((one) => [one.name, one]));
  const sources = new Map(item.origins.map((one) => [one.field, one.source]));
  const seen = new Map((item.claims ?? []).map((one) => [one.source, one.seenAt]));
  const named = known.map((one) => one.name).filter((name) => item.attributes[name] !== undefined && item.attributes[name] !== null);
  const others = Object.keys(item.attributes).filter((name) => !about.has(name)).sort();
  const core = CORE.filter((field) => item[field]).map((field) => [field, item[field]]);
  return [["name", item.name], ...core, ...[...named, ...others].map((name) => [name, item.attributes[name]])].map(([field, value]) => {
    const source = sources.get(field);
    const { unit, description } = about.get(field) ?? {};
    return { field, value, unit, about: description ?? undefined, source, seen: seen.get(source) };
  });
}
