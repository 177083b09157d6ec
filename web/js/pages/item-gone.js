// An item that is not live: what it last was, and who retired it, when and why.
import { html, useEffect } from "../ui.js";
import { useAsk } from "../graphql.js";
import { Ago, commitLink, Loading, Refused, TypeName } from "../parts.js";
import { ItemHistory } from "./item-history.js";
import { Values } from "./item-values.js";

export function GoneItem({ id }) {
  const { data, problem, loading } = useAsk("LastVersion", { id });
  const last = data?.history.nodes[0];
  const type = useAsk("ItemType", last?.item ? { name: last.item.type } : null).data?.type ?? null;
  useEffect(() => {
    if (last) document.title = `${last.item?.name ?? id} (retired) · CMDB`;
  }, [last?.item?.name]);
  if (problem) return html`<${Refused} problem=${problem} />`;
  if (!data && loading) return html`<${Loading} what="what is known of it" />`;
  if (!last) {
    return html`<article class="item"><h1>Not there</h1>
      <p class="lead">No item has, or ever had, the id <code>${id}</code>. <a href="#/">Find an item</a> by its name.</p></article>`;
  }
  const { item, commit, seq } = last;
  return html`<article class="item">
    <header class="page-head"><div><h1>${item?.name ?? id}</h1>
      <p class="muted">${item && html`<${TypeName} type=${item.type} /> · `}retired</p></div></header>
    <p class="notice"><strong>Retired</strong> ${commit && html`<${Ago} time=${commit.time} /> by <strong>${commit.actor}</strong> through ${commit.source}${
      commit.reason && html`: “${commit.reason}”`}${commit.change ? html`, under change <strong>${commit.change}</strong>` : ", without a change"}`} ${" "}
      (<a href=${commitLink(seq)}>commit ${seq}</a>). ${item ? "Below is what it last was." : html`What it was has been purged: <a href=${commitLink(last.purged)}>commit ${last.purged}</a>.`}</p>
    ${item && html`<${Values} item=${item} type=${type} title="Last values" retired />`}
    <${ItemHistory} id=${id} type=${type} />
  </article>`;
}
