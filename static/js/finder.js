/**
 * Results as you type and choose: fetches the page that the form would lead to and takes its results and filters.
 *
 * The address always says what is shown, so that it can be kept and shared: typing rewrites it, a choice makes a new
 * entry in the history. When a fetch fails, what is there stays, and the form still works by itself.
 */

const TYPING_MS = 150;
const FAILED = "The results could not be loaded. Press Search to try again.";

const form = document.querySelector("[data-finder]");
const field = form.elements.q;
const announcement = form.querySelector("[data-announcement]");

let underway = new AbortController();
let waiting = 0;
let query = location.search; // of the results shown or fetched

/** The address of what the form says, without what says nothing. */
function address() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const isIdle = name === "seed" && form.elements.sort.value !== "shuffle";
    if (value.trim() && !isIdle) query.append(name, value);
  }
  return query.size ? `${location.pathname}?${query}` : location.pathname;
}

/** Whether to add to the history, rewrite its last entry, or neither: "pushState", "replaceState", "". */
async function show(url, history_change, isSubmitted = false) {
  clearTimeout(waiting);
  underway.abort();
  underway = new AbortController();
  const { signal } = underway;
  if (history_change) history[history_change](null, "", url);
  query = location.search;
  region().ariaBusy = "true";
  try {
    const response = await fetch(url, { signal, credentials: "same-origin" });
    if (!response.ok) throw new Error(`${response.status}`);
    const html = await response.text();
    if (signal.aborted) return;
    if (response.redirected) history.replaceState(null, "", response.url);
    query = location.search;
    swap(new DOMParser().parseFromString(html, "text/html"));
  } catch (error) {
    if (signal.aborted) return;
    // Without a network the service worker answers this address with what the device keeps.
    if (isSubmitted && error instanceof TypeError && navigator.serviceWorker?.controller) return location.reload();
    region().ariaBusy = "false";
    announcement.className = "notice is-error";
    announcement.textContent = FAILED;
  }
}

const region = () => form.querySelector("[data-swap]");

function swap(page) {
  const [shown, fetched] = [region(), page.querySelector("[data-swap]")];
  for (const details of shown.querySelectorAll("details[data-keep][open]")) {
    fetched.querySelector(`details[data-keep="${details.dataset.keep}"]`)?.setAttribute("open", "");
  }
  const active = shown.contains(document.activeElement) ? document.activeElement : null;
  fetched.ariaBusy = "false";
  shown.replaceWith(fetched);
  document.title = page.title;
  if (active) twinOf(active)?.focus();
  announcement.className = "visually-hidden";
  announcement.textContent = fetched.querySelector("[data-found]").textContent;
  document.dispatchEvent(new CustomEvent("boardwalk:swapped", { detail: fetched }));
}

/** What had the focus, as it stands in the fetched results. */
function twinOf({ localName, name, value, parentElement }) {
  if (localName === "summary") return form.querySelector(`details[data-keep="${parentElement.dataset.keep}"] > summary`);
  return name && [...form.elements].find((one) => one.name === name && (one.value === value || one.localName === "select"));
}

field.addEventListener("input", (event) => {
  clearTimeout(waiting);
  // Who begins to search wants the likeliest first, and not the order in which all were shown.
  if (!new URLSearchParams(query).has("q")) form.elements.sort.value = "";
  if (!event.isComposing) waiting = setTimeout(() => show(address(), "replaceState"), TYPING_MS);
});

field.addEventListener("compositionend", () => field.dispatchEvent(new Event("input")));

form.addEventListener("change", ({ target }) => {
  if (target !== field) show(address(), "pushState");
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const facets = event.submitter?.closest(".facets");
  if (facets?.open) {
    facets.open = false;
    facets.querySelector("summary").focus();
  }
  show(address(), "replaceState", true);
});

addEventListener("popstate", () => {
  if (location.search === query) return; // to another place in the same page
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show(location.href, "");
});

form.dataset.finderIsLive = "";
