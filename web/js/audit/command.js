// A command line to take to a terminal.
import { html, useState } from "../ui.js";

export function Command({ text }) {
  const [said, setSaid] = useState("Copy");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Select it and copy it"); // without HTTPS there is no clipboard to write to
    }
    setTimeout(() => setSaid("Copy"), 2_000);
  };
  return html`<div class="command"><code>${text}</code><button type="button" class="quiet" onClick=${copy}>${said}</button></div>`;
}
