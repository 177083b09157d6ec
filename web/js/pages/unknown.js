// An address that names no page: said, instead of showing another page as if it were the one that was asked for.
import { html, useEffect } from "../ui.js";

export function UnknownPage({ page }) {
  useEffect(() => {
    document.title = "No such page · CMDB";
  }, []);
  return html`<h1>No such page</h1>
    <p class="lead">There is no page <code>#/${page}</code> here. The link may be cut short or out of date.</p>
    <p><a class="button" href="#/">Go to the start page</a></p>`;
}
