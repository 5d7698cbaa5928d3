/**
 * The attendee's own state on pages that are the same for everyone.
 *
 * Fetches the overlay once, paints it, and turns star and attendance links into buttons. Until it has come, and where
 * it does not come, the links lead to the forms that do the same.
 */

const { conference, overlay: address } = document.body.dataset;
const NEXT = { none: "interested", interested: "must-see", "must-see": "none" };
const STATES = { none: "Not a favourite", interested: "Interested", "must-see": "Must see" };

let token = "";
const channel = "BroadcastChannel" in window ? new BroadcastChannel("boardwalk") : null;

/** What can be wished for: how its state is shown, and how it is sent. */
const KINDS = {
  favourite: {
    selector: "[data-favourite]",
    off: "none",
    next: (state) => NEXT[state],
    fields: (state) => ({ interest: state }),
    answered: ({ interest }) => interest,
    paint(button, state) {
      button.dataset.interest = state;
      button.setAttribute("aria-pressed", state === "none" ? "false" : "true");
      button.firstElementChild.textContent = `${STATES[state]}: ${button.dataset.title}`;
      button.title = STATES[state];
    },
  },
  attendance: {
    selector: "[data-attendance]",
    off: "no",
    next: (state) => (state === "yes" ? "no" : "yes"),
    fields: (state) => ({ attending: state }),
    answered: ({ attending }) => (attending ? "yes" : "no"),
    paint(button, state) {
      button.setAttribute("aria-pressed", String(state === "yes"));
      button.firstChild.textContent = state === "yes" ? "Attending" : "Plan to attend";
    },
  },
};

/** One wish: what the attendee wants, what the server holds, and whether a request is under way. */
const wishes = new Map();

function wishFor(kind, key, href) {
  const name = `${kind} ${key}`;
  if (!wishes.has(name)) {
    const state = (kind === "favourite" && favourites.get(key)) || KINDS[kind].off;
    wishes.set(name, { kind, key, href, wanted: state, saved: state, isSending: false, buttons: [] });
  }
  return wishes.get(name);
}

/** The conference's favourites by number, not only those on this page. */
let favourites = new Map();

function paint(wish) {
  for (const button of wish.buttons) KINDS[wish.kind].paint(button, wish.wanted);
  if (wish.kind === "favourite") favourites.set(wish.key, wish.wanted);
  paintCount();
}

function paintCount() {
  const count = [...favourites.values()].filter((state) => state !== "none").length;
  for (const element of document.querySelectorAll("[data-favourite-count]")) element.textContent = count || "";
  tellFavourites();
}

/** For what paints favourites that are no buttons, such as the map's dots. It asks when it comes later than the overlay. */
function tellFavourites() {
  dispatchEvent(new CustomEvent("favourites", { detail: favourites }));
}

function toButton(kind, link) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = link.className;
  button.append(...link.childNodes);
  for (const [name, value] of Object.entries(link.dataset)) button.dataset[name] = value;
  if (kind === "favourite") button.dataset.title = button.textContent.replace(/^\s*Favourite:\s*/, "").trim();
  const wish = wishFor(kind, link.dataset[kind], link.href);
  wish.buttons.push(button);
  button.addEventListener("click", () => press(wish));
  const hadFocus = document.activeElement === link;
  link.replaceWith(button);
  if (hadFocus) button.focus();
}

function press(wish) {
  wish.wanted = KINDS[wish.kind].next(wish.wanted);
  paint(wish);
  send(wish);
}

/** One request at a time for each wish; what was wanted meanwhile is sent after it, so the latest intent wins. */
async function send(wish) {
  if (wish.isSending) return;
  wish.isSending = true;
  try {
    while (wish.wanted !== wish.saved) {
      const sent = wish.wanted;
      wish.saved = KINDS[wish.kind].answered(await inTurn(() => post(wish.href, KINDS[wish.kind].fields(sent))));
      if (wish.saved !== sent && wish.wanted === sent) wish.wanted = wish.saved;
      channel?.postMessage({ conference, kind: wish.kind, key: wish.key, state: wish.saved });
    }
  } catch (error) {
    wish.wanted = wish.saved;
    tell(error instanceof Refused ? error.message : "That was not saved: the server could not be reached. Try again.");
  } finally {
    wish.isSending = false;
    paint(wish);
  }
}

let turn = Promise.resolve();

/** One request after another: two first wishes at once would each make an attendee, and one be lost with its cookie. */
function inTurn(request) {
  const answer = turn.then(request);
  turn = answer.catch(() => {});
  return answer;
}

class Refused extends Error {}

async function post(href, fields, isSecondTry = false) {
  const response = await fetch(href, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { Accept: "application/json", "X-CSRFToken": token },
    credentials: "same-origin",
    keepalive: true,
  });
  if (response.status === 403 && !isSecondTry) {
    // The token is from before a sign-in in another tab.
    token = (await fetchOverlay()).csrf_token;
    return post(href, fields, true);
  }
  if (response.ok) return response.json();
  const { error } = await response.json().catch(() => ({}));
  throw error ? new Refused(error) : new Error(`${response.status}`);
}

async function fetchOverlay() {
  const response = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

function take(mine) {
  token = mine.csrf_token;
  favourites = new Map(Object.entries(mine.favourites));
  const attended = new Set(mine.attendances);
  for (const wish of wishes.values()) {
    if (wish.isSending) continue;
    const state = wish.kind === "favourite" ? favourites.get(wish.key) : attended.has(wish.key) && "yes";
    wish.wanted = wish.saved = state || KINDS[wish.kind].off;
  }
  for (const wish of wishes.values()) paint(wish);
  paintCount();
}

function tell(text) {
  const toast = Object.assign(document.createElement("p"), { className: "toast", textContent: text });
  document.querySelector("[data-toasts]").append(toast);
  setTimeout(() => toast.remove(), 8000);
}

function toButtons(root) {
  for (const [kind, { selector }] of Object.entries(KINDS)) {
    for (const link of root.querySelectorAll(`a${selector}`)) toButton(kind, link);
  }
}

let isPainted = false;

async function start() {
  const mine = await fetchOverlay();
  toButtons(document);
  take(mine);
  isPainted = true;
}

/** Rows that another script put on the page: the wishes are known, only the stars are new. */
document.addEventListener("boardwalk:swapped", ({ detail }) => {
  if (!isPainted) return;
  for (const wish of wishes.values()) wish.buttons = wish.buttons.filter((button) => button.isConnected);
  toButtons(detail);
  for (const wish of wishes.values()) if (wish.buttons.length) paint(wish);
});

/** Another script changed what the attendee wants. */
document.addEventListener("boardwalk:edited", () => fetchOverlay().then(take).catch(() => {}));

channel?.addEventListener("message", ({ data }) => {
  if (data.conference !== conference) return;
  if (data.kind === "favourite") favourites.set(data.key, data.state);
  const wish = wishes.get(`${data.kind} ${data.key}`);
  if (wish && !wish.isSending) {
    wish.wanted = wish.saved = data.state;
    paint(wish);
  }
  paintCount();
});

addEventListener("favourites-wanted", tellFavourites);

if (address) {
  // Without the overlay the links stay links: nothing to report.
  start().catch(() => {});
  addEventListener("pageshow", ({ persisted }) => persisted && fetchOverlay().then(take).catch(() => {}));
}
