// The shell: header with search, and the page that the address names after its #.
import { html, render, useEffect, useRef, useState } from "./ui.js";
import { useAsk } from "./graphql.js";
import { itemLink } from "./parts.js";
import { Search } from "./search.js";
import { moment } from "./words.js";
import { Home } from "./pages/home.js";
import { ItemPage } from "./pages/item.js";
import { ItemsPage } from "./pages/items.js";
import { UnknownPage } from "./pages/unknown.js";
import { CommitPage } from "./pages/commit.js";
import { AuditPage } from "./pages/audit.js";
import { AuditsPage } from "./pages/audits.js";
import { BaselinePage } from "./pages/baseline.js";
import { BaselinesPage } from "./pages/baselines.js";
import { ComparePage } from "./pages/compare.js";
import { ImpactPage } from "./pages/impact.js";

/** `#/item/ID`, `#/impact?roots=…`: which page, and what it is told. */
function route() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?");
  const [page = "", rest = ""] = path.split("/").filter(Boolean);
  return { page, id: decode(rest), query };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function Page({ at }) {
  if (at.page === "item") return html`<${ItemPage} key=${at.id} id=${at.id} />`;
  if (at.page === "impact") return html`<${ImpactPage} query=${at.query} />`;
  if (at.page === "compare") return html`<${ComparePage} query=${at.query} />`;
  if (at.page === "baselines") return html`<${BaselinesPage} />`;
  if (at.page === "baseline") return html`<${BaselinePage} key=${at.id} id=${at.id} />`;
  if (at.page === "audits") return html`<${AuditsPage} />`;
  if (at.page === "audit") return html`<${AuditPage} key=${at.id} id=${at.id} query=${at.query} />`;
  if (at.page === "commit") return html`<${CommitPage} key=${at.id} id=${at.id} />`;
  if (at.page === "items") return html`<${ItemsPage} query=${at.query} />`;
  return at.page ? html`<${UnknownPage} page=${at.page} />` : html`<${Home} />`;
}

function App() {
  const [at, setAt] = useState(route);
  const main = useRef(null);
  const me = useAsk("Me", {}).data?.me;
  useEffect(() => {
    const moved = () => {
      const next = route();
      setAt((before) => {
        if (before.page !== next.page || before.id !== next.id) main.current?.focus({ preventScroll: true });
        return next;
      });
    };
    const printing = () => { main.current.dataset.printed = `Printed ${moment(new Date().toISOString())} from ${location.host}/${location.hash}`; }; // “2 days ago” needs a day
    addEventListener("hashchange", moved);
    addEventListener("beforeprint", printing);
    return () => {
      removeEventListener("hashchange", moved);
      removeEventListener("beforeprint", printing);
    };
  }, []);
  const skip = (event) => {
    event.preventDefault();
    main.current.focus();
  };
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the page</a>
    <header class="top">
      <a class="brand" href="#/" aria-label="CMDB, start page"><img src="icon.svg" alt="" width="26" height="26" />CMDB</a>
      <nav aria-label="Pages">
        <a href="#/impact" aria-current=${at.page === "impact" ? "page" : undefined}>Blast radius</a>
        <a href="#/baselines" aria-current=${at.page === "baselines" ? "page" : undefined}>Baselines</a>
        <a href="#/compare" aria-current=${at.page === "compare" ? "page" : undefined}>Compare</a>
        <a href="#/audits" aria-current=${at.page === "audits" ? "page" : undefined}>Audits</a>
        <a href="graphiql/">GraphiQL</a>
      </nav>
      <${Search} id="find" label="Find an item" hideLabel placeholder="Find an item …" onPick=${(item) => { location.hash = itemLink(item.id); }} />
      <form class="who" method="post" action="/sign-out">${me && html`<span title=${`Roles: ${me.roles.join(", ")}`}>${me.name}</span>`}
        <button class="quiet">Sign out</button></form>
    </header>
    <main id="main" ref=${main} tabindex="-1"><${Page} at=${at} /></main>`;
}

const place = document.getElementById("app");
place.replaceChildren();
render(html`<${App} />`, place);
