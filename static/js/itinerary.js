/**
 * Edits without a page reload: sends each form marked data-edit itself and takes the page it leads to, so that the server
 * alone knows what an itinerary looks like. Links marked data-sheet open in a dialogue over the page.
 *
 * What had the focus has it again, and what was in sight stays where it was. A refusal changes nothing on the page. What waits
 * for the network, in the outbox, is told beside what it changes.
 */

const STEP_MS = 20_000;
const FAILED = "That was not saved: the server could not be reached. What you typed is still here.";

const GATEWAY_ERRORS = [502, 503, 504];

const { conference } = document.body.dataset;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("boardwalk") : null;
const said = document.body.appendChild(Object.assign(document.createElement("p"), { className: "visually-hidden" }));
said.setAttribute("role", "status");
let sheet = null;
let isBusy = false;

class Unreachable extends Error {}

async function fetchPage(address, options = {}) {
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options }).catch(() => null);
  if (!response || GATEWAY_ERRORS.includes(response.status)) throw new Unreachable();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { response, page };
}

/** A way to find an element again in a page made anew: its own id, or the nearest one and its place under it. */
function traceOf(element) {
  const holder = element?.closest("[id]");
  if (!holder || holder.id === "main") return null;
  const like = [...holder.querySelectorAll(element.localName)];
  return { id: holder.id, name: element.localName, place: like.indexOf(element), top: holder.getBoundingClientRect().top };
}

function follow(trace) {
  const holder = trace && document.getElementById(trace.id);
  if (!holder) return null;
  scrollBy({ top: holder.getBoundingClientRect().top - trace.top, behavior: "instant" });
  return trace.place < 0 ? holder : holder.querySelectorAll(trace.name)[trace.place];
}

/** Puts another main in the place of this one. */
function swap(page, trace) {
  const [shown, fetched] = [document.querySelector("main"), page.querySelector("main")];
  const top = scrollY;
  shown.replaceWith(fetched);
  scrollTo({ top, behavior: "instant" });
  const again = follow(trace);
  (again ?? fetched.querySelector("[data-last-edit] button") ?? fetched).focus({ preventScroll: true });
  document.title = page.title;
  document.dispatchEvent(new CustomEvent("boardwalk:swapped", { detail: fetched }));
  document.dispatchEvent(new CustomEvent("boardwalk:edited"));
  showNow();
  showWaiting();
}

/** Says why not, beside the button that was pressed. */
function refuse(form, words) {
  const holder = form.id === "edits" ? document.querySelector(".page-head") : form;
  holder.querySelector("[data-refusal]")?.remove();
  const notice = Object.assign(document.createElement("p"), { className: "notice is-error", textContent: words });
  notice.dataset.refusal = "";
  notice.setAttribute("role", "alert");
  holder.append(notice);
  notice.scrollIntoView({ block: "nearest" });
}

async function send(form, submitter) {
  if (isBusy) return;
  isBusy = true;
  const trace = traceOf(sheet?.open ? sheet.opener : submitter);
  try {
    const address = submitter.hasAttribute("formaction") ? submitter.formAction : form.action;
    const { response, page } = await fetchPage(address, { method: "POST", body: new FormData(form, submitter) });
    if (!response.ok) {
      refusalOf(form, page);
      return;
    }
    const isHere = new URL(response.url).pathname === location.pathname;
    if (!isHere) {
      location.assign(response.url);
      return;
    }
    sheet?.close();
    const told = (page.querySelector(".messages") ?? page.querySelector("[data-said]"))?.textContent.trim();
    swap(page, trace);
    said.replaceChildren(told ?? ""); // A node of its own: the same words are said again.
    channel?.postMessage({ conference, kind: "itinerary" });
  } catch (error) {
    const unsent = new CustomEvent("boardwalk:unsent", { bubbles: true, cancelable: true, detail: submitter });
    if (!(error instanceof Unreachable) || form.dispatchEvent(unsent)) refuse(form, FAILED);
  } finally {
    isBusy = false;
  }
}

/** What the refusal says; one that asks something, such as which hall, is shown as a whole. */
function refusalOf(form, page) {
  const reason = page.querySelector("[data-refusal]") ?? page.querySelector(".notice");
  if (page.querySelector("main form[data-edit] [name=chosen_board]")) open(page, form);
  else refuse(form, reason?.textContent.trim() ?? FAILED);
}

/** Shows a page's main over this one. */
function open(page, opener) {
  openOver([...page.querySelectorAll("main > :not(.personal)")], opener);
}

function openOver(content, opener) {
  sheet?.remove();
  sheet = Object.assign(document.createElement("dialog"), { className: "sheet" });
  sheet.opener = opener;
  const close = Object.assign(document.createElement("button"), { type: "button", className: "button is-quiet sheet-close", textContent: "Close" });
  close.addEventListener("click", () => sheet.close());
  sheet.append(close, ...content);
  sheet.querySelector("[data-last-edit]")?.remove();
  sheet.setAttribute("aria-label", sheet.querySelector("h1").textContent.trim());
  sheet.addEventListener("close", () => {
    sheet.remove();
    if (opener.isConnected) opener.focus();
  });
  document.body.append(sheet);
  sheet.showModal();
  document.dispatchEvent(new CustomEvent("boardwalk:swapped", { detail: sheet }));
}

// -- without a network -------------------------------------------------------------------------------------------------

const EDIT = /\/itinerary\/(?:(visits|posters)\/(\d+)\/)?([-\w]+)\/$/;
const HOLDERS = { visits: "visit", posters: "poster" };

/** What each edit that may wait is called; the later of two of a kind holds. */
const WAITING = {
  visited: { kind: "visited", says: () => "marked as visited" },
  "not-visited": { kind: "visited", says: () => "marked as not visited" },
  pin: { kind: "place", says: () => "pinned" },
  unpin: { kind: "place", says: () => "unpinned" },
  remove: { kind: "place", says: () => "taken out" },
  "bring-back": { kind: "place", says: () => "brought back" },
  note: { kind: "note", says: ({ note }) => (note.trim() ? `note “${note.trim()}”` : "note taken out") },
  minutes: { kind: "minutes", says: ({ minutes }) => (minutes ? `${minutes} minutes` : "minutes as at any poster") },
};

/** What waits, by the elements that it changes: of each kind the latest. */
async function waitingHere() {
  const found = new Map();
  for (const entry of await globalThis.boardwalkOutbox.waitingOfMine()) {
    const [, what, key, edit] = (entry.conference === conference && new URL(entry.href).pathname.match(EDIT)) || [];
    if (!WAITING[edit]) continue;
    const holder = document.querySelector(what ? `[data-${HOLDERS[what]}="${key}"]` : "[data-whole]");
    if (holder) found.set(holder, { ...found.get(holder), [WAITING[edit].kind]: { edit, fields: entry.fields } });
  }
  return found;
}

async function showWaiting() {
  const waiting = await waitingHere();
  for (const line of document.querySelectorAll("[data-waits]")) line.remove();
  for (const [holder, kinds] of waiting) {
    const said = Object.values(kinds).map(({ edit, fields }) => WAITING[edit].says(fields));
    const line = Object.assign(document.createElement("p"), { className: "waits", textContent: `Waits for the network: ${said.join("; ")}.` });
    line.dataset.waits = "";
    (holder.querySelector(".visit-what") ?? holder).append(line);
    if (kinds.visited) showVisited(holder, kinds.visited.edit === "visited");
  }
}

/** The button, so that what waits can be taken back. */
function showVisited(holder, isVisited) {
  holder.classList.toggle("is-visited", isVisited);
  for (const button of holder.querySelectorAll("[formaction$='visited/']")) {
    button.classList.toggle("is-on", isVisited);
    if (!button.formAction.includes("/visits/")) continue;
    button.formAction = button.formAction.replace(/[-\w]+\/$/, isVisited ? "not-visited/" : "visited/");
    button.firstChild.textContent = isVisited ? "Visited – undo" : "Mark as visited";
  }
}

/** What can be done with a visit that this page shows, when its own page cannot be had. */
async function offlineSheet(row) {
  const page = document.querySelector("[data-offline-sheet]").content.cloneNode(true);
  const title = row.querySelector(".visit-what a").textContent.trim();
  const { visit, version, poster, isPinned } = row.dataset;
  const kinds = (await waitingHere()).get(row) ?? {};
  const isFixed = kinds.place ? kinds.place.edit === "pin" : isPinned !== undefined;
  page.querySelector("h1").textContent = title;
  page.querySelector(isFixed ? "[data-pin]" : "[data-unpin]").remove();
  for (const field of page.querySelectorAll("[name=version]")) field.value = version;
  for (const form of page.querySelectorAll("[data-offline]")) form.dataset.offline = title;
  for (const [name, key] of [["visits", visit], ["posters", poster]]) {
    for (const attribute of ["action", "formaction"]) {
      for (const one of page.querySelectorAll(`[${attribute}*='/${name}/0/']`)) {
        one.setAttribute(attribute, one.getAttribute(attribute).replace(`/${name}/0/`, `/${name}/${key}/`));
      }
    }
  }
  page.querySelector("textarea").value = kinds.note?.fields.note ?? noteOf(row);
  page.querySelector("[name=minutes]").value = kinds.minutes?.fields.minutes ?? "";
  return page;
}

/** As it was written: its lines are kept apart by breaks. */
function noteOf(row) {
  const nodes = row.querySelector("[data-note]")?.childNodes ?? [];
  return [...nodes].map((node) => (node.nodeName === "BR" ? "\n" : node.textContent)).join("");
}

/** The line of the present moment: the last that has begun. */
function showNow() {
  const lines = [...document.querySelectorAll("[data-since]")];
  const current = lines.findLastIndex(({ dataset }) => new Date(dataset.since) <= Date.now());
  if (current >= 0) lines.forEach((line, place) => (line.hidden = place !== current));
}

/** The page as it is by now, unless the attendee is about something. */
async function refresh() {
  if (isBusy || sheet?.open || document.activeElement?.matches("input, select, textarea")) return;
  const trace = traceOf(document.activeElement);
  const { response, page } = await fetchPage(location.href).catch(() => ({}));
  if (response?.ok && !isBusy && !sheet?.open) swap(page, trace);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-edit]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  try {
    const { response, page } = await fetchPage(link.href);
    if (!response.ok) throw new Error(`${response.status}`);
    open(page, link);
  } catch (error) {
    const row = link.closest("[data-version]");
    if (error instanceof Unreachable && row) openOver([await offlineSheet(row)], link);
    else location.assign(link.href);
  }
});

document.addEventListener("boardwalk:waits", ({ target }) => {
  if (sheet?.contains(target)) sheet.close();
  showWaiting();
});

channel?.addEventListener("message", ({ data }) => {
  if (data.entry) showWaiting();
  if (data.conference === conference) refresh();
});

setInterval(showNow, STEP_MS);
addEventListener("visibilitychange", showNow);
showNow();
addEventListener("overlay", showWaiting);
