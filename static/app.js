// Everything on the site works without this file. It handles focus, copying and what htmx cannot show.

const find = (selector) => document.querySelector(selector);

// Focus the errors, else the place that the address names, else the heading.
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

function mark(button, how, text) {
  button.dataset[how] = "";
  setTimeout(() => delete button.dataset[how], 4000);
  announce(text);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = (source.querySelector("pre") ?? source).textContent;
  try {
    await navigator.clipboard.writeText(text);
    mark(button, "copied", "Copied");
  } catch {
    // There is no clipboard on a plain http address: leave one keystroke to the reader.
    getSelection().selectAllChildren(source);
    announce("The text is selected. Copy it with your keyboard.");
  }
}

// The clipboard must be written during the click, so it gets a promise of the text.
async function copyFrom(button) {
  const text = fetch(button.dataset.copyFrom).then((response) => {
    if (!response.ok) throw new Error(response.statusText);
    return response.text();
  }).then((text) => new Blob([text], { type: "text/plain" }));
  // The failure is announced below.
  text.catch(() => {});
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
    mark(button, "copied", "Copied");
  } catch {
    mark(button, "failed", "The text was not copied. Open it with the link beside the button.");
  }
}

// Let the browser load what htmx cannot swap: a page without `main`, a failed connection.
function loadPlainly({ elt, pathInfo }) {
  // Loading a page would lose the typed text. The studio says itself what happened.
  if (elt.closest("[data-keeps-text]")) return;
  if (elt.matches("form[method=post]")) sayUnreachable(elt);
  else location.assign(pathInfo.finalRequestPath);
}

function sayUnreachable(form) {
  const summary = form.querySelector(".error-summary") ?? document.createElement("div");
  const [title, text] = [document.createElement("h2"), document.createElement("p")];
  title.textContent = "The site cannot be reached";
  text.textContent = "Your text is still here. Send it again: nothing is saved twice. If you have to sign in again, do so in another tab first.";
  summary.className = "error-summary";
  summary.setAttribute("role", "alert");
  summary.replaceChildren(title, text);
  form.prepend(summary);
  focusStart();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  const from = event.target.closest("[data-copy-from]");
  if (from) copyFrom(from);
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.shouldSwap || detail.elt.closest("[data-keeps-text]") || /<main[\s>]/.test(detail.serverResponse)) return;
  detail.shouldSwap = false;
  // The event is told to what would be swapped; the request came from somewhere else.
  loadPlainly({ elt: detail.requestConfig.elt, pathInfo: detail.pathInfo });
});
document.addEventListener("htmx:sendError", ({ detail }) => loadPlainly(detail));
document.addEventListener("htmx:historyCacheMissLoadError", () => location.reload());
document.addEventListener("htmx:afterSettle", ({ target }) => {
  // Wait for the scrolling that htmx does next, so that a field with an error ends up in view.
  if (target.matches("main, body")) queueMicrotask(focusStart);
});

// A secret link holds its secret behind #, which no server sees. It goes into the form, and out of the address.
function takeSecret() {
  const field = find("input[name=secret]");
  if (!field || !location.hash) return;
  field.value = location.hash.slice(1);
  history.replaceState(history.state, "", location.pathname);
}
document.addEventListener("htmx:afterSettle", takeSecret);
takeSecret();

if (find(".error-summary")) focusStart();
