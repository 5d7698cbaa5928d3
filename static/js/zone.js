/**
 * The visitor's own time zone: rewrites every <time data-shows> and regroups the schedule by the visitor's days.
 *
 * The server writes the conference's zone. The switch exists only with this script; the choice is remembered on this device.
 */

const KEY = "boardwalk-zone";
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const theirs = document.body.dataset.zone;
const written = new Map(); // element → what the server wrote
let lists = [];
let linkLists = [];
let isOwnShown = false;

function parts(date, options, timeZone = own) {
  const formatted = new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", ...options }).formatToParts(date);
  return Object.fromEntries(formatted.map(({ type, value }) => [type, value]));
}

const clock = (date) => {
  const { hour, minute } = parts(date, { hour: "2-digit", minute: "2-digit" });
  return `${hour}:${minute}`;
};
const longDay = (date) => {
  const { weekday, day, month } = parts(date, { weekday: "long", day: "numeric", month: "long" });
  return `${weekday} ${day} ${month}`;
};
const year = (date) => parts(date, { year: "numeric" }).year;
const shortDay = (date) => {
  const { weekday, day, month } = parts(date, { weekday: "long", day: "numeric", month: "long" });
  return `${weekday.slice(0, 3)} ${day} ${month.slice(0, 3)}`;
};
const short = (date) => `${shortDay(date)}, ${clock(date)}`;
const dayKey = (date, timeZone = own) => {
  const { year: y, month, day } = parts(date, { year: "numeric", month: "2-digit", day: "2-digit" }, timeZone);
  return `${y}-${month}-${day}`;
};

/** Under a heading that names the conference's day, a time on another day of the visitor's says so. */
const clockUnderDay = (date, element) =>
  element.closest("[data-days]") || dayKey(date) === dayKey(date, theirs) ? clock(date) : short(date);

const FORMS = {
  clock: clockUnderDay,
  short,
  day: longDay,
  "day-year": (date) => `${longDay(date)} ${year(date)}`,
  "day-clock": (date) => `${longDay(date)} ${year(date)}, ${clock(date)}`,
  end: (date, element) => (dayKey(date) === dayKey(new Date(element.dataset.from)) ? clock(date) : short(date)),
};

function rewriteTimes() {
  for (const element of document.querySelectorAll("time[data-shows]")) {
    if (!written.has(element)) written.set(element, element.textContent);
    element.textContent = FORMS[element.dataset.shows](new Date(element.dateTime), element);
  }
}

function restoreTimes() {
  for (const [element, text] of written) element.textContent = text;
}

/** Days as the server wrote them: children of a holder, each with a name; those of lists hold cards. */
function readDays(holder) {
  const days = [...holder.children].map((day) => ({ day, cards: [...day.querySelectorAll("[data-starts]")] }));
  return { holder, days, pattern: days.find(({ day }) => day.dataset.day)?.day.cloneNode(true) };
}

/** A day like those the server wrote, with another name and nothing in it. */
function newDay(pattern, key, date) {
  const day = pattern.cloneNode(true);
  const name = day.querySelector("[data-day-name]");
  const link = day.querySelector("a[href*='#day-']");
  day.dataset.day = key;
  day.querySelector("[data-day-list]")?.replaceChildren();
  if (day.id) day.id = `day-${key}`;
  name.textContent = name.dataset.dayName === "short" ? shortDay(date) : longDay(date);
  if (link) link.href = link.getAttribute("href").replace(/#day-.*/, `#day-${key}`);
  return day;
}

const withoutDate = (days) => days.map(({ day }) => day).filter((day) => !day.dataset.day);

/** Every card moves, none is copied: nothing is doubled or lost. Gives the visitor's days: key → a time on it. */
function regroup({ holder, days, pattern }) {
  const dates = new Map();
  const made = new Map();
  for (const card of pattern ? days.flatMap(({ cards }) => cards) : []) {
    const date = new Date(card.dataset.starts);
    const key = dayKey(date);
    if (!made.has(key)) made.set(key, newDay(pattern, key, date));
    if (!dates.has(key)) dates.set(key, date);
    made.get(key).querySelector("[data-day-list]").append(card);
  }
  holder.replaceChildren(...made.values(), ...withoutDate(days));
  return dates;
}

function relink({ holder, days, pattern }, dates) {
  const made = pattern ? [...dates].map(([key, date]) => newDay(pattern, key, date)) : [];
  holder.replaceChildren(...made, ...withoutDate(days));
}

function restore({ holder, days }) {
  for (const { day, cards } of days) day.querySelector("[data-day-list]")?.append(...cards);
  holder.replaceChildren(...days.map(({ day }) => day));
}

function show(choice) {
  const isOwn = (isOwnShown = choice === "own");
  if (isOwn) {
    rewriteTimes();
    for (const list of lists) {
      const dates = regroup(list);
      for (const links of linkLists) relink(links, dates);
    }
  } else {
    restoreTimes();
    [...lists, ...linkLists].forEach(restore);
  }
  for (const note of document.querySelectorAll("[data-zone-note]")) {
    const name = note.querySelector("[data-zone-name]");
    name.dataset.theirs ??= name.textContent;
    name.textContent = isOwn ? `your own zone (${own.replaceAll("_", " ")})` : name.dataset.theirs;
    for (const button of note.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String((button.dataset.choice === "own") === isOwn));
    }
  }
}

function addSwitch(note) {
  const group = Object.assign(document.createElement("span"), { className: "zone-switch" });
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Time zone");
  const city = theirs.split("/").at(-1).replaceAll("_", " ");
  for (const [choice, label] of [["theirs", city === "UTC" ? "UTC" : `${city} time`], ["own", "Your time"]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.dataset.choice = choice;
    button.addEventListener("click", () => {
      remember(choice);
      show(choice);
    });
    group.append(button);
  }
  note.append(" ", group);
}

function remember(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Storage is switched off: the choice holds for this page.
  }
}

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? "theirs";
  } catch {
    return "theirs";
  }
}

if (theirs && own && own !== theirs) {
  lists = [...document.querySelectorAll("[data-days]")].map(readDays);
  linkLists = [...document.querySelectorAll("[data-day-links]")].map(readDays);
  document.querySelectorAll("[data-zone-note]").forEach(addSwitch);
  show(remembered());
  document.addEventListener("boardwalk:swapped", () => {
    for (const element of written.keys()) if (!element.isConnected) written.delete(element);
    if (isOwnShown) rewriteTimes();
  });
  addEventListener("storage", ({ key }) => key === KEY && show(remembered()));
}
