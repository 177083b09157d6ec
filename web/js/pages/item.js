// One item: what it is and who says so, what it depends on and affects, and everything that happened to it.
import { html, useEffect, useState } from "../ui.js";
import { useAsk } from "../graphql.js";
import { itemLink, Loading, Refused, TypeName } from "../parts.js";
import { labelled, measured } from "../units.js";
import { ago, many, moment, plain } from "../words.js";
import { GoneItem } from "./item-gone.js";
import { ItemHistory } from "./item-history.js";
import { Values } from "./item-values.js";

export function ItemPage({ id }) {
  const { data, problem, loading } = useAsk("ItemDetail", { id });
  const item = data?.item;
  useEffect(() => {
    document.title = item ? `${item.name} · CMDB` : "CMDB";
  }, [item?.name]);
  const kind = useAsk("ItemType", item ? { name: item.type } : null);
  const type = kind.data?.type ?? null;
  if (problem) return html`<${Refused} problem=${problem} />`;
  if (!data && loading) return html`<${Loading} what="the item" />`;
  if (!item) return html`<${GoneItem} id=${id} />`;
  return html`<article class="item">
    <header class="page-head">
      <div><h1>${item.name}</h1>
        <p class="muted"><${TypeName} type=${item.type} /> · ${plain(item.status)} · ${item.revision === 1 ? "never changed" : `recorded ${many(item.revision, "time")}`}
          ${item.lastSeen && html` · last seen <time datetime=${item.lastSeen} title=${moment(item.lastSeen)}>${ago(item.lastSeen)}</time>`}</p></div>
      ${(type || kind.problem) && html`<${Ask} item=${item} breaks=${type?.breaks ?? true} />`}
    </header>
    ${item.description && html`<p class="lead">${item.description}</p>`}
    <div class="two">
      <${Values} item=${item} type=${type} />
      <${Relationships} item=${item} />
    </div>
    <${ItemHistory} id=${id} type=${type} />
    <${Claims} claims=${item.claims} type=${type} />
  </article>`;
}

const OFFERED = 4; // members of a redundancy group with a button each

/** The way to the blast radius. Of a redundancy group one usually wants to know what the loss of a member does. */
function Ask({ item, breaks }) {
  if (!breaks) return html`<p class="ask small muted">Its failure reaches nothing: no relationship that a ${plain(item.type)} may have passes failure on.</p>`;
  const members = item.dependsOn.nodes.filter((one) => one.type === "member_of" && one.item).map((one) => one.item);
  const link = (id) => `#/impact?roots=${encodeURIComponent(id)}:DOWN`;
  if (!members.length) return html`<a class="button" href=${link(item.id)}>What breaks if this fails?</a>`;
  return html`<div class="ask"><p class="small" id="ask-title">What breaks if …</p><div class="actions" role="group" aria-labelledby="ask-title">
    ${members.slice(0, OFFERED).map((one) => html`<a key=${one.id} class="button" href=${link(one.id)}>${one.name} fails?</a>`)}
    <a class="button quiet" href=${link(item.id)}>all of it fails?</a></div></div>`;
}

function Relationships({ item }) {
  const other = item.relationships.nodes.filter((one) => one.affects === null);
  const gathered = other.length < item.relationships.nodes.length || item.relationships.totalCount <= item.relationships.nodes.length;
  return html`<section aria-labelledby="relationships-title">
    <h2 id="relationships-title">Relationships</h2>
    <${Neighbours} title="Depends on" hint="If one of these fails, this may be affected." found=${item.dependsOn} none="Nothing that is recorded." />
    <${Neighbours} title="Affects" hint="If this fails, these may be affected." found=${item.affects} none="Nothing that is recorded." />
    ${gathered && other.length > 0 && html`<${Neighbours} title="Other" hint="No failure travels here." found=${{ nodes: other, totalCount: other.length }} />`}
  </section>`;
}

function Neighbours({ title, hint, found, none }) {
  return html`<h3>${title} <span class="muted">${found.totalCount || ""}</span></h3>
    <p class="small muted">${hint}</p>
    ${found.nodes.length === 0 && html`<p>${none}</p>`}
    <ul class="neighbours">${found.nodes.map((one) => html`<li key=${one.id}>
      <span class="relation">${plain(one.label)}</span>
      ${one.item ? html`<a href=${itemLink(one.item.id)}>${one.item.name}</a> <${TypeName} type=${one.item.type} />` : html`<span class="muted">a retired item</span>`}
      <span class="muted small">${one.sources.join(", ")}</span></li>`)}</ul>
    ${found.totalCount > found.nodes.length && html`<p class="small muted">The first ${found.nodes.length} of ${many(found.totalCount, "relationship")}.</p>`}`;
}

function Claims({ claims, type }) {
  const units = new Map((type?.attributes ?? []).map((one) => [one.name, one.unit]));
  const [open, setOpen] = useState(false);
  if (!claims.length) return null;
  return html`<section aria-labelledby="claims-title"><h2 id="claims-title">What each source says</h2>
    <button class="quiet" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${open ? "Hide" : "Show"} ${many(claims.length, "source")}</button>
    ${!open && html`<p class="print-only small muted">From ${many(claims.length, "source")}; folded when this was printed.</p>`}
    ${open && claims.map((claim) => html`<section class="claim" key=${`${claim.source}|${claim.scope}`} aria-label=${`Source ${claim.source}`}>
      <h3>${claim.source} <span class="muted small">${claim.scope} · ${ago(claim.seenAt)}</span></h3>
      <dl class="pairs">${Object.entries(claim.fields).map(([field, value]) => html`<dt>${labelled(field, units.get(field))}</dt><dd>${measured(value, units.get(field))}</dd>`)}</dl>
    </section>`)}</section>`;
}
