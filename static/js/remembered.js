/**
 * The order and view last chosen for lists of posters, remembered on this device: the links to the list lead there.
 *
 * Pages are the same for everyone, so the choice goes into the addresses. Without this script the address is the memory.
 */

const KEY = "boardwalk-list";
const NAMES = ["sort", "view"];

/** What was chosen, by name; empty where nothing was or where storage is switched off. */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function remember(chosen) {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // Storage is switched off: the choice holds in the address.
  }
}

/** The day's seed of this visitor's shuffled order: another tomorrow, and another for the next visitor. */
function seed() {
  const today = new Date().toLocaleDateString("sv", { timeZone: document.body.dataset.zone });
  const chosen = remembered();
  if (!chosen.seed?.startsWith(today)) {
    chosen.seed = `${today}-${Math.random().toString(36).slice(2, 8)}`;
    remember(chosen);
  }
  return chosen.seed;
}

function parameters() {
  const chosen = remembered();
  const found = NAMES.filter((name) => chosen[name]).map((name) => [name, chosen[name]]);
  if (chosen.sort === "shuffle") found.push(["seed", seed()]);
  return found;
}

/** Links and the search in the page's head; what has a query of its own says what it wants. */
function apply() {
  for (const link of document.querySelectorAll("a[data-list]")) link.search = new URLSearchParams(parameters());
  for (const form of document.querySelectorAll("form[data-list]")) {
    form.querySelectorAll("input[type=hidden]").forEach((input) => input.remove());
    const { view } = remembered(); // not the order: who searches wants the likeliest first
    if (view) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "view", value: view }));
  }
}

function setSeed(form) {
  const input = form.elements.seed ?? Object.assign(document.createElement("input"), { type: "hidden", name: "seed" });
  input.value = seed();
  form.querySelector(".filters-order").append(input);
}

// Before finder.js hears of it, which reads the whole form.
document.addEventListener(
  "change",
  ({ target }) => {
    if (!target.matches("[data-finder] select")) return;
    const { name, value, form } = target;
    remember({ ...remembered(), [name]: value });
    if (form.elements.sort.value === "shuffle") setSeed(form);
    apply();
  },
  { capture: true },
);

apply();
