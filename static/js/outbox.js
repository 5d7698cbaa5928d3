/**
 * What the attendee wishes goes through here: kept on the device with the time of intent, and sent when there is a network.
 *
 * Pages load this as a module, the service worker as a classic script, so it gives itself as `boardwalkOutbox`. What becomes
 * of an entry is said on the channel “boardwalk”, which every tab hears: {entry} when it is kept, {entry, answer} or {entry, refusal},
 * with its `conference`, when the server has spoken; and how many are {waiting} after each try.
 *
 * An entry has a `key` (the later of two with the same key replaces the earlier), `href` and `fields` to post, `overlay`
 * (the address of its conference's overlay), a `title` for the words of a refusal, and what its sender likes to find again.
 */
globalThis.boardwalkOutbox = (() => {
  const DATABASE = "boardwalk";
  const STORE = "entries";
  const PATIENCE_MS = 15_000;
  const CLOCK_IS_RIGHT_MS = 10_000;
  const channel = new BroadcastChannel("boardwalk");

  // -- on the device ------------------------------------------------------------------------------------------------

  const promised = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  /** Opened for each use: a connection that stays open would keep another tab from deleting all at sign-out. */
  async function inStore(work) {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    const database = await promised(request);
    try {
      return await work(database.transaction(STORE, "readwrite").objectStore(STORE));
    } finally {
      database.close();
    }
  }

  /** Where a browser keeps nothing, entries live as long as the page. */
  const memory = new Map();

  const put = (entry) => inStore((store) => promised(store.put(entry))).catch(() => memory.set(entry.key, entry));

  async function all() {
    const kept = await inStore((store) => promised(store.getAll())).catch(() => []);
    return [...kept, ...memory.values()].sort((one, other) => one.at - other.at);
  }

  /** Take an entry out, unless a later one has taken its place: whether it was still there. */
  async function remove({ key, at }) {
    if (memory.get(key)?.at === at) return memory.delete(key);
    return inStore(async (store) => {
      const isThere = (await promised(store.get(key)))?.at === at;
      if (isThere) await promised(store.delete(key));
      return isThere;
    }).catch(() => false);
  }

  const waiting = async () => (await all()).filter((entry) => !entry.refusal);

  let last = 0;

  async function add(entry) {
    last = Math.max(Date.now(), last + 1); // two presses in one millisecond are two
    const kept = { ...entry, at: last, owner: known?.owner ?? "" };
    channel.postMessage({ entry: kept });
    await put(kept);
    return kept;
  }

  /** Refusals not told yet. Each is given once, to whichever tab asks first. */
  async function takeRefusals() {
    const taken = [];
    for (const entry of (await all()).filter(({ refusal }) => refusal)) if (await remove(entry)) taken.push(entry);
    return taken;
  }

  /** At sign-out: nothing stays. */
  async function forget() {
    memory.clear();
    await promised(indexedDB.deleteDatabase(DATABASE)).catch(() => {});
  }

  // -- to the server ------------------------------------------------------------------------------------------------

  class Unreachable extends Error {}

  /** Who this browser is and how far its clock is off, by the last overlay. Without a token that was a saved one. */
  let known = null;

  async function reach(address, options) {
    try {
      return await fetch(address, { ...options, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
      throw new Unreachable();
    }
  }

  /** The overlay, from the server or as the service worker saved it. */
  async function overlay(address) {
    const response = await reach(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) throw new Unreachable();
    const mine = await response.json();
    // Measured over a slow network: better trust a clock that is nearly right, or two wishes might change places.
    const offset = mine.csrf_token ? Date.parse(mine.now) - Date.now() : 0;
    known = {
      token: mine.csrf_token,
      owner: mine.signed_in ? mine.attendee : "",
      offset: Math.abs(offset) < CLOCK_IS_RIGHT_MS ? 0 : offset,
    };
    return mine;
  }

  async function meet(entry) {
    await overlay(entry.overlay);
    if (!known.token) throw new Unreachable();
  }

  function post({ href, fields, at }) {
    return reach(href, {
      method: "POST",
      body: new URLSearchParams({ ...fields, wished_at: new Date(at + known.offset).toISOString() }),
      headers: { Accept: "application/json", "X-CSRFToken": known.token },
      keepalive: true,
    });
  }

  /**
   * What an account's owner wished goes to that account only; it waits while nobody is signed in. What was wished
   * without an account is merged at sign-in, and so goes to whoever this browser is.
   */
  const isMine = ({ owner }) => !owner || !known || owner === known.owner;

  /** Send one entry: whether it is done with. */
  async function deliver(entry) {
    if (!known?.token) await meet(entry);
    let response = isMine(entry) && (await post(entry));
    if (response.status === 403) {
      await meet(entry); // The token is from before a long time offline, or before a sign-in in another tab.
      response = isMine(entry) && (await post(entry));
    }
    if (!response) return Boolean(known.owner) && ((await remove(entry)), true);
    if (response.status >= 500 || response.status === 429) return false;
    const answer = await response.json().catch(() => ({}));
    if (response.ok) {
      if (await remove(entry)) channel.postMessage({ conference: entry.conference, entry, answer });
      return true;
    }
    const refusal = answer.error ?? `The server did not take it (${response.status}).`;
    if (await remove(entry)) {
      await put({ ...entry, key: `refused ${entry.key}`, refusal });
      channel.postMessage({ conference: entry.conference, entry, refusal });
    }
    return true;
  }

  async function deliverAll() {
    let isAllDone = true;
    try {
      for (const entry of await waiting()) isAllDone = (await deliver(entry)) && isAllDone;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      isAllDone = false;
    }
    const left = await waiting();
    channel.postMessage({ waiting: left.length, needsSignIn: left.length > 0 && !left.some(isMine) });
    return isAllDone;
  }

  let turn = Promise.resolve();

  /**
   * Send what waits, in the order in which it was wished: whether nothing waits any more. One at a time in all tabs:
   * two first wishes at once would each make an attendee, and one be lost with its cookie.
   */
  function send() {
    if (navigator.locks) return navigator.locks.request("boardwalk-outbox", deliverAll);
    turn = turn.then(deliverAll);
    return turn;
  }

  const waitingOfMine = async () => (await waiting()).filter(isMine);

  return { add, send, waiting, waitingOfMine, takeRefusals, overlay, forget };
})();
