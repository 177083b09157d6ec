// A plain list of items: those of a type, and with words in their name or description. The address holds both.
import { html, useEffect, useState } from "../ui.js";
import { ask, said } from "../graphql.js";
import { itemLink, Loading, Refused, TypeName } from "../parts.js";
import { count, many, plain, titled } from "../words.js";

const PAGE = 50;
const WAIT = 250;
const NOTHING = { nodes: [], total: 0, next: null, loading: true, problem: null };

export function typeLink(type) {
  return `#/items?type=${encodeURIComponent(type)}`;
}

export function ItemsPage({ query }) {
  const told = new URLSearchParams(query);
  const type = told.get("type") ?? "";
  const [words, setWords] = useState(told.get("text") ?? "");
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    document.title = `${type ? titled(type) : "Items"} · CMDB`;
    setWords(told.get("text") ?? "");
  }, [type]);
  useEffect(() => {
    const stop = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    const timer = setTimeout(() => {
      const address = new URLSearchParams([["type", type], ["text", words.trim()]].filter(([, value]) => value));
      history.replaceState(null, "", `#/items?${address}`);
      page(type, words, null, stop.signal).then(setState, (problem) => problem.name !== "AbortError" && setState({ ...NOTHING, loading: false, problem: said(problem) }));
    }, state === NOTHING ? 0 : WAIT);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [type, words]);
  const more = async () => {
    setState({ ...state, loading: true });
    try {
      const next = await page(type, words, state.next);
      setState({ ...next, nodes: [...state.nodes, ...next.nodes] });
    } catch (problem) {
      setState({ ...state, loading: false, problem: said(problem) });
    }
  };
  return html`<div class="items">
    <h1>${type ? titled(type) : "Items"} <span class="muted">${state.total > 0 && count(state.total)}</span></h1>
    <p class="filter"><label for="items-text">With the words</label> <input id="items-text" type="search" autocomplete="off" value=${words} onInput=${(event) => setWords(event.target.value)} />
      ${type && html`<a href="#/">All types</a>`}</p>
    ${state.problem && html`<${Refused} problem=${state.problem} />`}
    ${state.nodes.length > 0 && html`<${Table} nodes=${state.nodes} />`}
    <p role="status" class=${state.nodes.length ? "small muted" : ""}>${state.loading
      ? !state.nodes.length && html`<${Loading} what="items" />`
      : !state.problem && (state.nodes.length ? `${count(state.nodes.length)} of ${many(state.total, "item")}` : words.trim() ? `None has the words “${words.trim()}”.` : "There is none.")}</p>
    ${state.next && html`<button class="quiet" disabled=${state.loading} onClick=${more}>More</button>`}
  </div>`;
}

async function page(type, words, after, signal) {
  const variables = { types: type ? [type] : null, search: words.trim() || null, orderBy: { field: "name" }, first: PAGE, after };
  const { items } = await ask("ListItems", variables, signal);
  return { nodes: items.nodes, total: items.totalCount, next: items.pageInfo.hasNextPage ? items.pageInfo.endCursor : null, loading: false, problem: null };
}

function Table({ nodes }) {
  const several = new Set(nodes.map((one) => one.type)).size > 1;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Items"><table>
    <thead><tr><th scope="col">Name</th>${several && html`<th scope="col">Type</th>`}<th scope="col">Status</th><th scope="col">Owner</th><th scope="col">Location</th></tr></thead>
    <tbody>${nodes.map((one) => html`<tr key=${one.id}><th scope="row"><a href=${itemLink(one.id)}>${one.name}</a></th>
      ${several && html`<td><${TypeName} type=${one.type} /></td>`}<td>${plain(one.status)}</td><td>${one.owner ?? ""}</td><td>${one.location ?? ""}</td></tr>`)}</tbody>
  </table></div>`;
}
