// The studio works without this file, by its buttons. This file numbers the lines, marks those with a problem, moves the caret to them
// and warns before typed text is lost. The form's own hx- attributes say what is checked, and when.

const form = find("#studio");
const panes = [...form.querySelectorAll(".pane")];
const textOf = (pane) => pane.querySelector("textarea");
const changed = (pane) => textOf(pane).value !== textOf(pane).defaultValue;
const problems = () => [...form.querySelectorAll("#problems [data-line]")].map((button) => ({
  button, ...button.dataset, line: Number(button.dataset.line), column: Number(button.dataset.column), length: Number(button.dataset.length),
}));
const kept = new Map();
const check = () => htmx.trigger(form, "submit");
let leaving = false;
let pressed = false;

// The gutter
function number(pane) {
  const gutter = pane.querySelector(".gutter");
  const lines = textOf(pane).value.split("\n").length;
  if (gutter.lines === lines) return;
  gutter.lines = lines;
  gutter.hidden = false;
  const numbers = gutter.querySelector("pre") ?? gutter.appendChild(document.createElement("pre"));
  numbers.textContent = Array.from({ length: lines + 40 }, (_, row) => (row < lines ? row + 1 : "")).join("\n");
  follow(pane);
}

function follow(pane) {
  pane.querySelector(".gutter").scrollTop = textOf(pane).scrollTop;
}

function mark() {
  for (const pane of panes) {
    const here = problems().filter((problem) => problem.file === pane.dataset.file);
    const gutter = pane.querySelector(".gutter");
    gutter.querySelectorAll(".flag").forEach((flag) => flag.remove());
    for (const problem of here.filter(({ line }) => line).reverse()) {
      const flag = document.createElement("span");
      flag.className = `flag is-${problem.severity}`;
      flag.title = problem.message;
      flag.style.setProperty("--row", problem.line - 1);
      flag.addEventListener("click", () => jump(problem));
      gutter.append(flag);
    }
    const worst = here.some(({ severity }) => severity === "error") ? "has-error" : here.length ? "has-warning" : "";
    pane.parentElement.querySelector(".tab").className = `tab ${worst}`;
    sayAt(pane);
  }
}

// Below the text: the place of the caret, and the problems of that line
function sayAt(pane) {
  const text = textOf(pane);
  const before = text.value.slice(0, text.selectionStart).split("\n");
  const here = problems().filter(({ file, line }) => file === pane.dataset.file && line === before.length);
  const place = `Line ${before.length}, column ${before.at(-1).length + 1}`;
  pane.querySelector(".at").textContent = [place, ...here.map(({ message }) => message)].join(" · ");
}

// The caret
function jump({ file, line, column, length }) {
  const pane = panes.find((one) => one.dataset.file === file);
  const text = textOf(pane);
  pane.parentElement.querySelector("input").checked = true;
  if (line) {
    const lines = text.value.split("\n");
    // Columns count characters; the browser counts UTF-16 units.
    const units = (count) => Array.from(lines[line - 1] ?? "").slice(0, count).join("").length;
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const height = parseFloat(getComputedStyle(text).lineHeight);
    text.setSelectionRange(start + units(column - 1), start + units(column - 1 + length));
    text.scrollTop = Math.max(0, (line - 1) * height - text.clientHeight / 3);
  }
  text.focus();
  follow(pane);
  sayAt(pane);
}

function download(pane) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([textOf(pane).value], { type: "application/yaml" }));
  link.download = pane.dataset.file.split("/").at(-1);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  kept.set(pane, textOf(pane).value);
}

// What is pressed
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-download], #problems button");
  if (!button) return;
  event.preventDefault();
  if (button.matches("[data-download]")) download(button.closest(".pane"));
  else jump({ file: button.dataset.file, ...problems().find((problem) => problem.button === button) });
});
// Before htmx sees it: some buttons load a whole page.
document.addEventListener("submit", (event) => {
  if (!event.submitter?.matches("[data-plain]")) return;
  leaving = true;
  event.stopImmediatePropagation();
}, true);
addEventListener("beforeunload", (event) => {
  const edited = [...form.querySelectorAll("[data-edited]")].map((button) => button.dataset.file);
  const touched = (pane) => changed(pane) || edited.includes(pane.dataset.file);
  if (!leaving && panes.some((pane) => touched(pane) && kept.get(pane) !== textOf(pane).value)) event.preventDefault();
});
// After a reload or Back, the page may hold text that was typed before.
addEventListener("pageshow", () => {
  leaving = false;
  if (panes.some(changed)) check();
});

for (const pane of panes) {
  textOf(pane).addEventListener("input", () => number(pane));
  textOf(pane).addEventListener("scroll", () => follow(pane));
}
document.addEventListener("selectionchange", () => {
  if (document.activeElement.matches("#studio textarea")) sayAt(document.activeElement.closest(".pane"));
});

// What comes back
form.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status === 503) setTimeout(check, 1000 * (Number(detail.xhr.getResponseHeader("Retry-After")) || 5));
  if (detail.serverResponse.includes('id="problems"')) return;
  detail.shouldSwap = false;
  announce("The site did not answer. Your text is still here.");
});
form.addEventListener("htmx:sendError", () => announce("The site cannot be reached. Your text is still here."));
// The answer replaces the button that was pressed below the text: focus the walk instead.
form.addEventListener("htmx:beforeSwap", () => { pressed = document.activeElement.matches("[name=walk]"); });
form.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "problems") return;
  mark();
  announce(find("[data-said]").textContent);
  if (pressed) find("#walk-heading")?.focus();
});

// Enter in the field of a new policy adds the policy instead of checking the draft.
find("#policy").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  find(".new-policy button").click();
});

panes.forEach(number);
mark();
find("#policy[aria-invalid]")?.focus();
