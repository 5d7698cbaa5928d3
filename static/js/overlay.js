/**
 * The attendee's own state on pages that are the same for everyone.
 *
 * Fetches the overlay once, paints it, and turns star and attendance links into buttons. Until it has come, and where
 * it does not come, the links lead to the forms that do the same. What is pressed goes through the outbox.
 */

const { conference, overlay: address } = document.body.dataset;
const outbox = globalThis.boardwalkOutbox;
const NEXT = { none: "interested", interested: "must-see", "must-see": "none" };
const STATES = { none: "Not a favourite", interested: "Interested", "must-see": "Must see" };

/** What can be wished for: how its state is shown, and how it is sent. */
const KINDS = {
  favourite: {
    selector: "[data-favourite]",
    off: "none",
    next: (state) => NEXT[state],
    fields: (state) => ({ interest: state }),
    wished: ({ interest }) => interest,
    answered: ({ interest }) => interest,
    title: (button) => button.dataset.title,
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
    wished: ({ attending }) => attending,
    answered: ({ attending }) => (attending ? "yes" : "no"),
    title: (button) => button.lastElementChild.textContent.trim(),
    paint(button, state) {
      button.setAttribute("aria-pressed", String(state === "yes"));
      button.firstChild.textContent = state === "yes" ? "Attending" : "Plan to attend";
    },
  },
};

/** One wish: what the attendee wants, and when they last said so here or in another tab. */
const wishes = new Map();

function wishFor(kind, name, href) {
  const key = `${kind} ${name}`;
  if (!wishes.has(key)) {
    const state = (kind === "favourite" && favourites.get(name)) || KINDS[kind].off;
    wishes.set(key, { kind, name, href, state, at: 0, buttons: [] });
  }
  return wishes.get(key);
}

/** The conference's favourites by number, not only those on this page. */
let favourites = new Map();

function paint(wish) {
  for (const button of wish.buttons) KINDS[wish.kind].paint(button, wish.state);
  if (wish.kind === "favourite") favourites.set(wish.name, wish.state);
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
  button.addEventListener("click", () => press(wish, KINDS[kind].title(button)));
  const hadFocus = document.activeElement === link;
  link.replaceWith(button);
  if (hadFocus) button.focus();
}

async function press(wish, title) {
  const { kind, name, href } = wish;
  wish.state = KINDS[kind].next(wish.state);
  wish.at = Date.now();
  paint(wish);
  const fields = KINDS[kind].fields(wish.state);
  await outbox.add({ key: href, href, fields, title, overlay: address, conference, kind, name });
  await outbox.send();
}

/** What became of a wish, made here or in another tab. One that was pressed again meanwhile is newer than that. */
function hear({ entry, answer, refusal }) {
  if (refusal) tellRefusals();
  if (entry.conference !== conference || !KINDS[entry.kind]) return;
  if (refusal) return refresh();
  const state = answer ? KINDS[entry.kind].answered(answer) : KINDS[entry.kind].wished(entry.fields);
  const wish = wishFor(entry.kind, entry.name, entry.href);
  if (entry.at < wish.at) return;
  Object.assign(wish, { state, at: entry.at });
  paint(wish);
}

/** The overlay's state, and over it what is still to be sent. */
async function take(mine, askedAt) {
  const waiting = new Map((await outbox.waitingOfMine()).map((entry) => [entry.key, entry]));
  favourites = new Map(Object.entries(mine.favourites));
  const attended = new Set(mine.attendances);
  for (const entry of waiting.values()) {
    if (entry.conference === conference && KINDS[entry.kind]) wishFor(entry.kind, entry.name, entry.href);
  }
  for (const wish of wishes.values()) {
    const kind = KINDS[wish.kind];
    const state = wish.kind === "favourite" ? favourites.get(wish.name) : attended.has(wish.name) && "yes";
    if (waiting.has(wish.href)) wish.state = kind.wished(waiting.get(wish.href).fields);
    else if (wish.at < askedAt) wish.state = state || kind.off;
    paint(wish);
  }
  paintCount();
  dispatchEvent(new CustomEvent("overlay", { detail: mine }));
}

async function refresh() {
  const askedAt = Date.now();
  await take(await outbox.overlay(address), askedAt);
}

async function tellRefusals() {
  if (document.visibilityState !== "visible") return;
  for (const { title, refusal } of await outbox.takeRefusals()) tell(title ? `${title}: ${refusal}` : refusal);
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

let hasButtons = false;

async function start() {
  const askedAt = Date.now();
  const mine = await outbox.overlay(address);
  toButtons(document);
  hasButtons = true; // what is put on the page from here on is not in the document just searched
  await take(mine, askedAt);
  await tellRefusals();
  await outbox.send();
}

/** Rows that another script put on the page: the wishes are known, only the stars are new. */
document.addEventListener("boardwalk:swapped", ({ detail }) => {
  if (!hasButtons) return;
  for (const wish of wishes.values()) wish.buttons = wish.buttons.filter((button) => button.isConnected);
  toButtons(detail);
  for (const wish of wishes.values()) if (wish.buttons.length) paint(wish);
});

/** Another script changed what the attendee wants. */
document.addEventListener("boardwalk:edited", () => refresh().catch(() => {}));

addEventListener("favourites-wanted", tellFavourites);

if (address) {
  new BroadcastChannel("boardwalk").addEventListener("message", ({ data }) => data.entry && hear(data));
  // Without the overlay the links stay links: nothing to report.
  start().catch(() => {});
  addEventListener("pageshow", ({ persisted }) => persisted && refresh().catch(() => {}));
}
