// The start page: find something, or begin with a service.
import { html, useEffect } from "../ui.js";
import { useAsk } from "../graphql.js";
import { commitLink, itemLink, Loading, Refused } from "../parts.js";
import { Search } from "../search.js";
import { count, many, plain } from "../words.js";
import { typeLink } from "./items.js";

export function Home() {
  useEffect(() => {
    document.title = "CMDB";
  }, []);
  const services = useAsk("ListItems", { types: ["service"], first: 50, orderBy: { field: "name" } });
  const all = useAsk("Estate", {});
  return html`<div class="home">
    <h1>What do you want to know about?</h1>
    <${Search} id="start" large label="Search by name or description" placeholder="A server, a database, a service …" autofocus
      onPick=${(item) => { location.hash = itemLink(item.id); }} />
    <section aria-labelledby="services-title">
      <h2 id="services-title">Services</h2>
      ${services.problem && html`<${Refused} problem=${services.problem} />`}
      ${!services.data && services.loading && html`<${Loading} what="services" />`}
      ${services.data && html`<ul class="cards">${services.data.items.nodes.map((one) => html`<li key=${one.id}>
        <a href=${itemLink(one.id)}><strong>${one.name}</strong><span class="muted">${one.owner ?? "no owner"}</span></a></li>`)}</ul>`}
      ${services.data?.items.pageInfo.hasNextPage && html`<p class="small muted">The first ${services.data.items.nodes.length} of <a href=${typeLink("service")}>${many(services.data.items.totalCount, "service")}</a>.</p>`}
    </section>
    ${all.data && html`<${Estate} items=${all.data.items} />`}
  </div>`;
}

function Estate({ items }) {
  const types = items.facets.find((one) => one.field === "type")?.values ?? [];
  return html`<section aria-labelledby="estate-title">
    <h2 id="estate-title">The estate</h2>
    <p class="muted">${many(items.totalCount, "item")} as of <a href=${commitLink(items.revision)}>commit ${count(Number(items.revision))}</a>.</p>
    <ul class="facets">${types.map((one) => html`<li key=${one.value}><a href=${typeLink(one.value)}>${plain(one.value)}</a> <strong>${count(one.count)}</strong></li>`)}</ul>
  </section>`;
}
