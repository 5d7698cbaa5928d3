/**
 * Keyboard: / searches, j and k move between rows, o opens, s stars, ? shows the list. Silent while typing.
 */

const ROWS = "[data-row]";

const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

/** The row that holds the focus, or the first one in sight when none does. */
function step(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  const current = rows.indexOf(document.activeElement?.closest(ROWS));
  const next = current < 0 ? Math.max(0, rows.findIndex((row) => row.getBoundingClientRect().top >= 0)) : current + by;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  row?.querySelector("a")?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

const inRow = (selector) => document.activeElement?.closest(ROWS)?.querySelector(selector);

function search() {
  const field = document.querySelector("[data-search]");
  field?.focus();
  field?.select();
}

function list() {
  let dialog = document.querySelector("dialog.shortcuts");
  if (!dialog) {
    document.body.append(document.querySelector("[data-shortcuts]").content.cloneNode(true));
    dialog = document.querySelector("dialog.shortcuts");
  }
  if (!dialog.open) dialog.showModal();
}

const KEYS = {
  "/": search,
  j: () => step(1),
  k: () => step(-1),
  o: () => inRow("h3 a, h4 a, a")?.click(),
  s: () => (inRow(".star") ?? document.querySelector(".page-head .star"))?.click(),
  "?": list,
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]") || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});
