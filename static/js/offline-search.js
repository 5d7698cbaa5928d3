/**
 * Searches the programme that this device keeps. The page stands at its own address, and in place of any that is not saved:
 * then it shows what is kept of the poster, the session or the search that the address asks for.
 */

const ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f";
const PLAIN = { ø: "o", đ: "d", ł: "l", ı: "i", ħ: "h", ŧ: "t", ð: "d", þ: "th", æ: "ae", œ: "oe", ŋ: "n" };
const FOLDED_AWAY = new RegExp(`[${ACCENTS}'’‘ʼ′\`´${Object.keys(PLAIN).join("")}]`, "gu");
const MOST_ROWS = 50;

/** Small letters without accents and apostrophes, as the server's search folds (posters/browse/words.py). */
export function fold(text) {
  const folded = text.normalize("NFKD").toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFKD");
  return folded.replace(FOLDED_AWAY, (found) => PLAIN[found] ?? "");
}

export const wordsOf = (text) => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** Each poster as the words in which it is looked for: of title and number first, then of all else. */
export function readIndex({ posters, authors, topics, sessions }) {
  return posters.map(([number, title, authorPlaces, shown, topicPlaces]) => {
    const places = [];
    for (let at = 0; at < shown.length; at += 2) {
      const [slug, name, startsAt] = sessions[shown[at]];
      places.push({ slug, name, startsAt, board: shown[at + 1] });
    }
    const names = authorPlaces.map((place) => authors[place]);
    const titleWords = ` ${wordsOf(title).join(" ")} ${number} `;
    const others = [...names, ...topicPlaces.map((place) => topics[place]), ...places.map(({ board }) => board)];
    return { number, title, authors: names, places, titleWords, words: `${titleWords}${wordsOf(others.join(" ")).join(" ")}` };
  });
}

/** The posters that have every word or a beginning of it, those with most of them in the title first. */
export function search(posters, text) {
  const words = wordsOf(text).map((word) => ` ${word}`);
  const scored = [];
  for (const poster of posters) {
    if (!words.every((word) => poster.words.includes(word))) continue;
    scored.push([words.filter((word) => poster.titleWords.includes(word)).length, poster]);
  }
  return scored.sort(([one], [other]) => other - one).map(([, poster]) => poster);
}

const form = document.querySelector("[data-offline-search]");
const found = document.querySelector("[data-found]");
const results = document.querySelector("[data-offline-results]");
const offer = document.querySelector("[data-keep-programme]");
const pattern = document.querySelector("[data-offline-row]");
const { zone, isOffline } = document.body.dataset;

function moment(startsAt) {
  const date = new Date(startsAt);
  const options = { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", options).formatToParts(date).map(({ type, value }) => [type, value]));
  const time = Object.assign(document.createElement("time"), { dateTime: startsAt });
  time.dataset.shows = "short";
  time.textContent = `${parts.weekday} ${parts.day} ${parts.month.slice(0, 3)}, ${parts.hour}:${parts.minute}`;
  return time;
}

/** The same row as lists on the server's pages have. */
function rowOf({ number, title, authors, places }) {
  const row = pattern.content.cloneNode(true);
  const address = `${form.dataset.posters}${number}/`;
  const board = places.find((place) => place.board)?.board;
  const kind = Object.assign(document.createElement("small"), { textContent: board ? "Board " : "No. " });
  row.querySelector(".tag").append(kind, board || number);
  Object.assign(row.querySelector("h3 a"), { href: address, textContent: title });
  row.querySelector(".authors").textContent = authors.join(", ");
  for (const place of places) {
    const line = document.createElement("p");
    line.append(Object.assign(document.createElement("a"), { href: `${form.dataset.sessions}${place.slug}/`, textContent: place.name }));
    if (place.board && places.length > 1) line.append(` · Board ${place.board}`);
    if (place.startsAt) line.append(" ", moment(place.startsAt));
    row.querySelector(".row-where").append(line);
  }
  const star = row.querySelector(".star");
  star.href = `${address}favourite/`;
  star.dataset.favourite = number;
  star.firstElementChild.textContent = `Favourite: ${title}`;
  return row;
}

function show(posters, text) {
  found.textContent = text;
  const list = Object.assign(document.createElement("ol"), { className: "rows" });
  list.append(...posters.slice(0, MOST_ROWS).map(rowOf));
  results.replaceChildren(...(posters.length ? [list] : []));
  document.dispatchEvent(new CustomEvent("boardwalk:swapped", { detail: results }));
}

function showSearch(posters, text) {
  if (!wordsOf(text).length) return show([], `${posters.length} posters are kept on this device.`);
  const hits = search(posters, text);
  const shown = hits.length > MOST_ROWS ? `, the first ${MOST_ROWS} shown` : "";
  show(hits, `${hits.length} of ${posters.length} posters, as kept on this device${shown}`);
}

/** What is kept of the page that the address asks for and that is not saved. */
function showAddressed(posters) {
  const { posters: postersUrl, sessions: sessionsUrl } = form.dataset;
  const path = decodeURI(location.pathname);
  const last = path.split("/").at(-2);
  if (path === `${postersUrl}${last}/`) return show(posters.filter(({ number }) => String(number) === last), "What is kept of it:");
  if (path === `${sessionsUrl}${last}/`) {
    const inSession = posters.filter(({ places }) => places.some(({ slug }) => slug === last));
    return show(inSession, `${inSession.length} posters${inSession.length > MOST_ROWS ? `, the first ${MOST_ROWS} shown` : ""}`);
  }
  return showSearch(posters, form.elements.q.value);
}

function setHead() {
  if (isOffline === undefined) return;
  const isSearch = location.pathname === form.dataset.posters;
  document.querySelector("[data-offline-title]").textContent = isSearch ? "Posters" : "Not saved on this device";
  document.querySelector("[data-offline-lead]").hidden = true;
}

async function load() {
  const kept = await caches.match(form.dataset.index, { ignoreVary: true });
  offer.hidden = Boolean(kept) || isOffline !== undefined;
  if (!kept) {
    found.textContent = isOffline === undefined ? "" : "The programme is not kept on this device. Open this site once with a network.";
    return;
  }
  const posters = readIndex(await kept.json());
  setHead();
  showAddressed(posters);
  form.elements.q.addEventListener("input", () => showSearch(posters, form.elements.q.value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `${form.dataset.posters}?${new URLSearchParams(new FormData(form))}`);
    showSearch(posters, form.elements.q.value);
  });
}

if (form) {
  form.elements.q.value = new URLSearchParams(location.search).get("q") ?? "";
  setHead();
  if ("caches" in globalThis) {
    load();
    document.addEventListener("boardwalk:kept", () => offer.hidden || load());
  }
}
