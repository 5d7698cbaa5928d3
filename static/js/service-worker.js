/**
 * The programme and one's own itinerary without a network. /sw.js loads this file and says in RELEASE what to keep.
 *
 * Pages come from the network, and from here where it fails or is slow; hashed static files from here. A new release
 * waits until no page of the old one is open, or until the visitor asks for it; the files of the release before stay.
 *
 * Personal pages are `no-store`: no cache on the way and no history may keep them. This one does, on purpose: an itinerary
 * is for the hall, where the network is worst. It keeps them apart, without tokens, and only while the person is the same.
 */

const STATIC = "boardwalk-static-";
const FILES = STATIC + RELEASE.version;
const PROGRAMME = "boardwalk-programme";
const PERSONAL = "boardwalk-personal";
const INDEX = "boardwalk-index";

/** How many answers and bytes each may hold; the oldest go first. */
const BOUNDS = {
  [FILES]: { count: 150, bytes: 10_000_000 },
  [PROGRAMME]: { count: 80, bytes: 25_000_000 },
  [PERSONAL]: { count: 9, bytes: 5_000_000 },
  [INDEX]: { count: 2, bytes: 12_000_000 },
};
const PATIENCE_MS = 3_000;
/** How old what a page asks to be kept may be. The index weighs most, and any change of the programme makes a new one. */
const FRESH_MS = { programme: 10 * 60_000, personal: 10 * 60_000, index: 4 * 3_600_000 };

const HASHED = /\.[0-9a-f]{12}(\.\w+)$/;
const OWN_PAGE = /^\/[-\w]+\/(itinerary|favourites)\/$/;
const OVERLAY = /^\/me\/[-\w]+\.json$/;
const PROGRAMME_FILE = /^\/[-\w]+\/(theme\.css|map\.json)$/;
const ELSEWHERE = /^\/(account|admin|api|calendar|me|media)\//;

addEventListener("install", (event) => event.waitUntil(keepFiles()));

async function keepFiles() {
  const cache = await caches.open(FILES);
  await cache.addAll(RELEASE.files.map((file) => new Request(file, { cache: HASHED.test(file) ? "default" : "no-cache" })));
}

addEventListener("activate", (event) => event.waitUntil(leaveOldFiles().then(() => clients.claim())));

/** The files of the release before this one stay: pages of it may be open, and load more of them. */
async function leaveOldFiles() {
  const older = (await caches.keys()).filter((name) => name.startsWith(STATIC) && name !== FILES);
  await Promise.all(older.slice(0, -1).map((name) => caches.delete(name)));
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && pathname.endsWith("/logout/")) event.respondWith(signOut(request));
  if (request.method !== "GET" || request.headers.has("range")) return;
  if (pathname.startsWith("/static/")) event.respondWith(file(request));
  else if ((OWN_PAGE.test(pathname) && !search) || OVERLAY.test(pathname)) event.respondWith(page(event, PERSONAL));
  else if (PROGRAMME_FILE.test(pathname)) event.respondWith(page(event, PROGRAMME));
  else if (request.mode === "navigate" && !ELSEWHERE.test(pathname)) event.respondWith(page(event, PROGRAMME));
});

addEventListener("message", (event) => {
  const { keep, takeOver } = event.data;
  if (takeOver) skipWaiting();
  if (keep) event.waitUntil(keepAll(keep).then(() => event.ports[0].postMessage("kept")));
});

addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(sendAll());
});

async function sendAll() {
  if (!(await boardwalkOutbox.send())) throw new Error("Not all could be sent: the browser tries again.");
}

// -- answers ---------------------------------------------------------------------------------------------------------

/** A file of this site: one with its fingerprint in its name never changes, any other is asked for first. */
async function file(request) {
  const { pathname } = new URL(request.url);
  const saved = await caches.match(pathname);
  if (saved && HASHED.test(pathname)) return saved;
  try {
    const response = await inTime(fetch(request), saved);
    if (isWhole(response)) await put(FILES, pathname, response.clone());
    return response;
  } catch {
    return saved ?? (await namesake(pathname)) ?? Response.error();
  }
}

/** For a page saved under an older release: the file of the same name in this one. */
function namesake(pathname) {
  const name = pathname.replace(HASHED, "$1");
  const found = RELEASE.files.find((kept) => kept.replace(HASHED, "$1") === name);
  return found && caches.match(found);
}

async function page(event, name) {
  const { request } = event;
  const saved = await (await caches.open(name)).match(request, { ignoreVary: true });
  const before = people;
  const coming = fetch(request);
  event.waitUntil(coming.then((response) => save(name, request.url, response.clone(), before)).catch(() => {}));
  let because = "down";
  try {
    const response = await inTime(coming, saved);
    if (!saved || ![502, 503, 504].includes(response.status)) return response;
  } catch (error) {
    because = error instanceof TooLate ? "slow" : "offline";
  }
  if (saved) return markedBody(saved, `data-saved-at="${saved.headers.get("X-Saved-At")}" data-saved-because="${because}"`);
  if (OVERLAY.test(new URL(request.url).pathname)) return Response.json(NOBODY);
  return request.mode === "navigate" ? shell(request) : Response.error();
}

/** The overlay of one who never had one on this device. Without a token, as all saved ones. */
const NOBODY = { csrf_token: "", signed_in: false, attendee: "", favourites: {}, attendances: [], visits: [], saved_at: null };

class TooLate extends Error {}

/** The answer; where there is something saved instead, not for longer than a visitor would wait. */
function inTime(coming, saved) {
  const tooLate = () => new Promise((_, reject) => setTimeout(() => reject(new TooLate()), PATIENCE_MS));
  return saved ? Promise.race([coming, tooLate()]) : coming;
}

/** The conference's page for all that is not saved; where there is none, another conference's. */
async function shell(request) {
  const cache = await caches.open(PROGRAMME);
  const kept = (await cache.keys()).map(({ url }) => url).filter((url) => url.endsWith("/offline/"));
  const [, slug] = new URL(request.url).pathname.split("/");
  const address = kept.find((url) => url.endsWith(`/${slug}/offline/`)) ?? kept.at(-1);
  return address ? markedBody(await cache.match(address, { ignoreVary: true }), "data-is-offline") : Response.error();
}

/** A saved page with a word to its scripts. What is no page stays as it is. */
async function markedBody(saved, attribute) {
  if (!isPage(saved)) return saved;
  return new Response((await saved.text()).replace("<body", `<body ${attribute}`), { headers: saved.headers });
}

// -- what is kept ----------------------------------------------------------------------------------------------------

const isPage = (response) => response.headers.get("Content-Type")?.startsWith("text/html") ?? false;

/** No error, no part of a file, nothing that a redirection led to, nothing of another site. */
const isWhole = (response) => response.status === 200 && response.type === "basic" && !response.redirected;

/** What the server says of a page decides which store it may go to: what is neither is kept by nobody. */
const KIND = { [PROGRAMME]: "public", [INDEX]: "public", [PERSONAL]: "private" };

/** How many have left so far: what was asked for by one who left meanwhile is not kept. */
let people = 0;

async function save(name, address, response, before) {
  if (!isWhole(response) || !response.headers.get("Cache-Control")?.includes(KIND[name])) return;
  const isOverlay = OVERLAY.test(new URL(address).pathname);
  const content = isOverlay ? await savedOverlay(response) : isPage(response) ? await savedPage(response) : response.body;
  if (name !== PERSONAL || isOverlay || before === people) await put(name, address, new Response(content, { headers: response.headers }));
}

/** Without the tokens of its forms; the styles and scripts it names are kept with it. */
async function savedPage(response) {
  const html = (await response.text()).replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
  for (const [, address] of html.matchAll(/(?:href|src)="(\/static\/[^"]+\.(?:css|js))"/g)) {
    if (!(await caches.match(address))) await file(new Request(address));
  }
  return html;
}

async function savedOverlay(response) {
  const mine = await response.json();
  await leaveOthers(mine.attendee);
  return JSON.stringify({ ...mine, csrf_token: "", saved_at: new Date() });
}

/** Whoever is here now finds nothing of who was here before. */
async function leaveOthers(attendee) {
  const cache = await caches.open(PERSONAL);
  const overlays = (await cache.keys()).filter(({ url }) => OVERLAY.test(new URL(url).pathname));
  for (const request of overlays) {
    const before = await (await cache.match(request, { ignoreVary: true })).json();
    if (before.attendee !== attendee) return forgetPages();
  }
}

function forgetPages() {
  people += 1;
  return caches.delete(PERSONAL);
}

let turn = Promise.resolve();

/** One at a time: two at once would not know of each other's bytes. */
function put(name, address, response) {
  turn = turn.then(() => write(name, address, response)).catch(() => {}); // a full device keeps what it has
  return turn;
}

async function write(name, address, response) {
  const body = await response.arrayBuffer();
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding"); // of the bytes as they were sent
  headers.set("Content-Length", body.byteLength);
  headers.set("X-Saved-At", new Date().toISOString());
  const cache = await caches.open(name);
  await cache.delete(address, { ignoreVary: true }); // the newest stands last
  const { count, bytes } = BOUNDS[name];
  if (body.byteLength > bytes) return;
  await trim(cache, { count: count - 1, bytes: bytes - body.byteLength });
  await cache.put(address, new Response(body, { headers }));
}

/** Leave the newest that are within bounds. */
async function trim(cache, { count, bytes }) {
  let room = bytes;
  const newestFirst = (await cache.keys()).reverse();
  for (const [place, request] of newestFirst.entries()) {
    room -= Number((await cache.match(request, { ignoreVary: true })).headers.get("Content-Length"));
    if (place >= count || room < 0) await cache.delete(request, { ignoreVary: true });
  }
}

/** One after the other, for the overlay tells whether the rest is still the same person's. */
async function keepAll(wanted) {
  for (const one of wanted) await keepFresh(one).catch(() => {}); // what cannot be had now is asked for again by the next page
}

/** Fetch what a page asks to be kept, unless it is here and fresh enough. */
async function keepFresh({ address, store, isChanged }) {
  const name = { programme: PROGRAMME, personal: PERSONAL, index: INDEX }[store];
  const saved = await (await caches.open(name)).match(address, { ignoreVary: true });
  const age = saved ? Date.now() - Date.parse(saved.headers.get("X-Saved-At")) : Infinity;
  if (age > FRESH_MS[store] || isChanged) {
    const before = people;
    await save(name, new URL(address, location).href, await fetch(address, { credentials: "same-origin" }), before);
  }
}

/** Signing out takes all that is personal with it, whatever page it was done on. */
async function signOut(request) {
  const response = await fetch(request);
  if (response.ok || response.type === "opaqueredirect") {
    await Promise.all([forgetPages(), boardwalkOutbox.forget()]);
  }
  return response;
}
