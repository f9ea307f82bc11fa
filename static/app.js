// Everything on the site works without this file; it looks after focus, copying and what htmx cannot show.

const find = (selector) => document.querySelector(selector);

// What a reader must meet first: the errors, else the place that the address names, else the heading.
function focusStart() {
  const place = location.hash && document.getElementById(location.hash.slice(1));
  const start = find(".error-summary") ?? find("main [aria-invalid=true]") ?? (place || find("main h1"));
  if (!start) return;
  if (!start.matches("a, button, input, textarea, select")) start.tabIndex = -1;
  start.focus({ preventScroll: !start.matches("[aria-invalid]") });
}

function announce(text) {
  const announcer = find("#announcer");
  announcer.textContent = "";
  setTimeout(() => { announcer.textContent = text; }, 50);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = (source.querySelector("pre") ?? source).textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 2000);
    announce("Copied");
  } catch {
    // No clipboard on a plain http address: leave one keystroke to the reader.
    getSelection().selectAllChildren(source);
    announce("Selected. Copy it with your keyboard.");
  }
}

// Leaves to the browser what htmx has no place for: a page without `main`, a connection that failed.
function loadPlainly({ elt, pathInfo }) {
  // Its text would be lost with the page; it says itself what happened.
  if (elt.closest("[data-keeps-text]")) return;
  if (elt.matches("form[method=post]")) elt.submit();
  else location.assign(pathInfo.finalRequestPath);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.shouldSwap || detail.elt.closest("[data-keeps-text]") || /<main[\s>]/.test(detail.serverResponse)) return;
  detail.shouldSwap = false;
  loadPlainly(detail);
});
document.addEventListener("htmx:sendError", ({ detail }) => loadPlainly(detail));
document.addEventListener("htmx:historyCacheMissLoadError", () => location.reload());
document.addEventListener("htmx:afterSettle", ({ target }) => {
  // After the scrolling that htmx does next, so that a field with an error ends up in view.
  if (target.matches("main, body")) queueMicrotask(focusStart);
});

if (find(".error-summary")) focusStart();
