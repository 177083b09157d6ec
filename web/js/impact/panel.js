// A panel at the side. Where it was opened by hand its heading gets the focus, Escape closes it, and the focus goes back to where it was.
import { html, useEffect, useRef } from "../ui.js";

/** Who keeps where the focus came from: `{ will(stands), take(heading), back() }`. `will` is called before something
 * opens (`stands`: the reason is open already), `back` after it was closed. */
export function useFocus() {
  const kept = useRef(null);
  kept.current ??= focusKept();
  return kept.current;
}

function focusKept() {
  let wanted = false;
  let opener = null;
  return {
    will(stands = false) {
      wanted = true;
      if (!document.activeElement?.closest(".side .panel-at")) opener = document.activeElement;
      if (stands) this.take(document.getElementById("why-title"));
    },
    take(heading) {
      if (!wanted || !heading) return;
      wanted = false;
      heading.focus();
    },
    back() {
      wanted = false;
      const to = opener?.isConnected && opener !== document.body ? opener : document.querySelector(".board");
      to?.focus({ preventScroll: true });
    },
  };
}

/** `of`: what it tells about; another takes the focus anew. `close()` closes it. */
export function Panel({ id, of, name, title, close, closes, focus, children }) {
  const heading = useRef(null);
  useEffect(() => focus.take(heading.current), [of]);
  const shut = () => {
    close();
    focus.back();
  };
  const keys = (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    shut();
  };
  return html`<section class=${`panel panel-at ${name}`} aria-labelledby=${id} onKeydown=${keys}>
    <div class="panel-head"><h2 id=${id} ref=${heading} tabindex="-1">${title}</h2><button class="quiet" onClick=${shut} aria-label=${closes}>×</button></div>
    ${children}</section>`;
}
