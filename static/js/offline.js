/**
 * At the venue: registers the service worker, tells it what to keep, and says what a page cannot say by itself: how old it
 * is, what waits for the network, that there is a new version.
 *
 * A form, or its button, with `data-offline="what it concerns"` goes through the outbox while there is no network. A script that
 * sends such a form itself and cannot reach the server fires “boardwalk:unsent” at it, with the submitter in `detail`; cancelled
 * means: kept. Once it waits, the form hears “boardwalk:waits”.
 */

const { conference, overlay, savedAt, savedBecause, isOffline } = document.body.dataset;
const outbox = globalThis.boardwalkOutbox;
const worker = navigator.serviceWorker;
const note = document.querySelector("[data-network-note]");
const isSaved = savedAt !== undefined || isOffline !== undefined;

const RETRY_MS = 20_000;
const SETTLED_MS = 2_000;
const KEEP = "boardwalk-keep";

// -- what the note says ----------------------------------------------------------------------------------------------

const said = new Map();

/** One line for each thing to say; empty takes it away. */
function say(what, text, action) {
  if (said.get(what)?.dataset.text === text) return;
  said.get(what)?.remove();
  said.delete(what);
  if (!text) return;
  const line = Object.assign(document.createElement("p"), { textContent: text });
  line.dataset.text = text;
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: action.label });
    button.addEventListener("click", action.run);
    line.append(" ", button);
  }
  said.set(what, line);
  note.append(line);
}

const BECAUSE = { offline: "you are offline", slow: "the network is too slow", down: "the site does not answer" };

function savedText() {
  if (isOffline !== undefined) return "You are offline.";
  const date = new Date(savedAt);
  const clock = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const isToday = date.toDateString() === new Date().toDateString();
  const day = isToday ? "" : `${date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" })}, `;
  return `Saved ${day}${clock}, ${BECAUSE[savedBecause]}.`;
}

/** A saved page may be older than what is announced on it was meant to be shown. */
function takeDownNotices() {
  for (const notice of document.querySelectorAll("[data-until]")) {
    if (Date.parse(notice.dataset.until) <= Date.now()) notice.remove();
  }
}

function sayWaiting(count, needsSignIn) {
  const what = `${count} change${count === 1 ? " waits" : "s wait"} on this device`;
  say("waiting", count && (needsSignIn ? `${what} until you sign in again.` : `${what} for the network.`));
}

// -- what waits ------------------------------------------------------------------------------------------------------

let retry = 0;

function hear({ waiting, needsSignIn, answer }) {
  if (answer) keepSoonAfterChange();
  if (waiting === undefined) return;
  sayWaiting(waiting, needsSignIn);
  clearTimeout(retry);
  if (!waiting || needsSignIn) return;
  retry = setTimeout(() => outbox.send(), RETRY_MS);
  // Where the browser can, it sends even when all tabs are closed.
  worker?.getRegistration().then((registration) => registration?.sync?.register("outbox")).catch(() => {});
}

/** Whether to believe that there is no network: a browser may think that it is in one that leads nowhere. */
const isWithout = () => isSaved || !navigator.onLine;

function submitted(event) {
  const { target: form, submitter } = event;
  if (!isWithout()) return;
  if (form.matches("[data-finder]")) return event.stopPropagation(); // to the page that searches on this device
  if (concernOf(form, submitter) === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  keepForm(form, submitter);
}

const concernOf = (form, submitter) => submitter?.dataset.offline ?? form.dataset.offline;

async function keepForm(form, submitter) {
  const { csrfmiddlewaretoken, ...fields } = Object.fromEntries(new FormData(form, submitter));
  const href = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  const key = `${href} ${Date.now()}`; // edits are told one by one: none takes another's place
  await outbox.add({ key, href, fields, title: concernOf(form, submitter), overlay, conference });
  form.dispatchEvent(new CustomEvent("boardwalk:waits", { bubbles: true }));
  await outbox.send();
}

// -- what is kept ----------------------------------------------------------------------------------------------------

let hasWishes = false;
let changed = 0;

const isInstalled = matchMedia("(display-mode: standalone)").matches;

function asked() {
  try {
    return JSON.parse(localStorage.getItem(KEEP) ?? "[]");
  } catch {
    return [];
  }
}

/** The addresses to keep: a page to search in for all, one's own and the index for who has wishes, or asked for it. */
function wanted(isChanged) {
  const at = (path) => `/${conference}/${path}`;
  const found = [at("offline/"), at("theme.css")].map((address) => ({ address, store: "programme" }));
  if (!worker.controller) found.push({ address: location.pathname + location.search, store: "programme" });
  if (hasWishes) {
    for (const address of [overlay, at("itinerary/"), at("favourites/")]) found.push({ address, store: "personal", isChanged });
  }
  if (hasWishes || isInstalled || asked().includes(conference)) found.push({ address: at("search-index.json"), store: "index" });
  return found;
}

async function keep(isChanged = false) {
  if (!worker || !conference || isWithout()) return;
  const { active } = await worker.ready;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => document.dispatchEvent(new CustomEvent("boardwalk:kept"));
  active.postMessage({ keep: wanted(isChanged) }, [port2]);
}

function keepFromNowOn() {
  try {
    localStorage.setItem(KEEP, JSON.stringify([...new Set([...asked(), conference])]));
  } catch {
    // Storage is switched off: then there is no service worker either.
  }
  keep();
}

function keepSoonAfterChange() {
  hasWishes = true;
  clearTimeout(changed);
  changed = setTimeout(() => keep(true), SETTLED_MS);
}

// -- a new version ---------------------------------------------------------------------------------------------------

/** The page in use keeps what it has; the new version comes when its user says so, or with all tabs closed. */
function offer(registration) {
  const run = () => {
    worker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage({ takeOver: true });
  };
  say("version", "There is a new version of this site.", { label: "Reload", run });
}

async function register() {
  const hadController = Boolean(worker.controller);
  const registration = await worker.register("/sw.js");
  const offerWaiting = () => registration.waiting && worker.controller && offer(registration);
  offerWaiting();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offerWaiting);
  });
  // Another tab asked for the new version: this page goes on with the files it has.
  if (hadController) worker.addEventListener("controllerchange", () => say("version", ""));
}

if (isSaved) takeDownNotices();
if (isSaved) say("saved", savedText(), { label: "Try again", run: () => location.reload() });
document.addEventListener("submit", submitted, { capture: true });
if (overlay) {
  document.addEventListener("boardwalk:unsent", (event) => {
    if (concernOf(event.target, event.detail) === undefined) return;
    event.preventDefault();
    keepForm(event.target, event.detail);
  });
  new BroadcastChannel("boardwalk").addEventListener("message", ({ data }) => hear(data));
  addEventListener("online", () => outbox.send());
}
if (worker) {
  addEventListener("overlay", ({ detail }) => {
    if (detail.saved_at !== undefined) return; // says nothing new
    hasWishes = Object.keys(detail.favourites).length + detail.attendances.length > 0;
    keep();
  });
  document.addEventListener("click", ({ target }) => target.closest("[data-keep]") && keepFromNowOn());
  // Not in the way of what the visitor came for; where a browser refuses, the site works as without.
  addEventListener("load", () => (globalThis.requestIdleCallback ?? setTimeout)(() => register().catch(() => {})));
}
