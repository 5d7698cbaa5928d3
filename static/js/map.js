/**
 * The map of posters on a canvas: hover, keyboard, zoom, selection, own favourites.
 *
 * Draws what the page's own picture shows, from numbers it fetches; until they come, and where they do not, the picture
 * stays. The canvas is one stop for the tab key: arrows go from dot to dot, Enter opens, Space selects.
 */

const root = document.querySelector("[data-map]");
const picture = root?.querySelector("[data-map-picture]");
const MARGIN = 30;
const DOT = 3.6; // units: half of what leaves room between two
const WIDEST = 6; // pixels
const NAMED = 14; // regions, before one zooms in
const NEAR = 14; // pixels from which a dot can be pointed at
const FARTHEST = 24;
const MOST_CHOSEN = 400; // numbers that an address holds, as in chosen.py
const SETTLED_MS = 150;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const canvas = document.createElement("canvas");
const pen = canvas.getContext("2d");
const ground = document.createElement("canvas"); // the dots alone
const tip = Object.assign(document.createElement("p"), { className: "map-tip", hidden: true });
const now = Object.assign(document.createElement("div"), { className: "map-now" });
const status = Object.assign(document.createElement("p"), { className: "visually-hidden", role: "status" });

let dots; // the file: numbers, x, y, groups, titles, regions
let colouring;
let only = null; // the group shown alone, or "favourites"
let favourites = new Set();
let selected = new Set();
let current = -1; // the dot pointed at, by mouse or keys
let isSelecting = false;
let frame = null; // the rectangle being drawn, in pixels
let size = { width: 0, height: 0, unit: 1 };
let view = { zoom: 1, x: 0, y: 0 }; // x, y: the units at the upper left corner
let colours = [];
let inks = {};

const scale = () => size.unit * view.zoom;
const toX = (x) => (x - view.x) * scale();
const toY = (y) => (y - view.y) * scale();
const groupOf = (at) => dots.groups[colouring]?.[at] ?? 0;
const isShown = (at) => only === null || (only === "favourites" ? favourites.has(at) : groupOf(at) === only);

/* Drawing: at most once for each frame of the screen. */

let isAsked = false;
let areDotsStale = true;

/** What lies over the dots has changed: ten thousand of them are not drawn again for a hover. */
function overdraw() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    draw();
  });
}

function redraw() {
  areDotsStale = true;
  overdraw();
}

function draw() {
  const ratio = devicePixelRatio || 1;
  const radius = Math.min(Math.max(1, DOT * scale()), WIDEST * Math.sqrt(view.zoom));
  if (areDotsStale) drawDots(radius, ratio);
  areDotsStale = false;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(ground, 0, 0);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const at of selected) ring(at, radius + 2.5, inks.ink, 2);
  for (const at of favourites) if (isShown(at)) star(at, Math.max(9, radius * 1.8));
  drawLabels();
  if (current >= 0) ring(current, radius + 5, inks.accent, 3);
  if (frame) {
    pen.strokeStyle = inks.accent;
    pen.lineWidth = 2;
    pen.strokeRect(frame.x, frame.y, frame.width, frame.height);
  }
}

function drawDots(radius, ratio) {
  [ground.width, ground.height] = [canvas.width, canvas.height];
  const brush = ground.getContext("2d");
  brush.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const isFaint of [true, false]) {
    brush.globalAlpha = isFaint ? 0.15 : 1;
    for (let colour = 0; colour < colours.length; colour += 1) drawGroup(brush, colour, radius, isFaint);
  }
}

function drawGroup(brush, colour, radius, isFaint) {
  brush.fillStyle = colours[colour];
  brush.beginPath();
  for (let at = 0; at < dots.x.length; at += 1) {
    if (groupOf(at) !== colour || isShown(at) === isFaint) continue;
    const x = toX(dots.x[at]);
    const y = toY(dots.y[at]);
    if (x < -radius || y < -radius || x > size.width + radius || y > size.height + radius) continue;
    brush.moveTo(x + radius, y);
    brush.arc(x, y, radius, 0, 2 * Math.PI);
  }
  brush.fill();
}

function ring(at, radius, ink, width) {
  pen.strokeStyle = ink;
  pen.lineWidth = width;
  pen.beginPath();
  pen.arc(toX(dots.x[at]), toY(dots.y[at]), radius, 0, 2 * Math.PI);
  pen.stroke();
}

function star(at, radius) {
  pen.beginPath();
  for (let point = 0; point < 10; point += 1) {
    const angle = (Math.PI * point) / 5 - Math.PI / 2;
    const reach = point % 2 ? radius * 0.45 : radius;
    pen.lineTo(toX(dots.x[at]) + reach * Math.cos(angle), toY(dots.y[at]) + reach * Math.sin(angle));
  }
  pen.closePath();
  pen.lineWidth = 3;
  pen.strokeStyle = inks.ground;
  pen.stroke();
  pen.fillStyle = inks.accent;
  pen.fill();
}

/** The regions' names, the largest regions first, where they do not cover another's. */
function drawLabels() {
  pen.font = "600 13px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  const taken = [];
  for (const [name, x, y] of dots.regions) {
    if (taken.length >= NAMED * view.zoom) break;
    const text = name.charAt(0).toUpperCase() + name.slice(1);
    const half = pen.measureText(text).width / 2;
    const at = { x: Math.min(Math.max(toX(x), half + 4), size.width - half - 4), y: toY(y), half };
    if (toX(x) < 0 || toX(x) > size.width || at.y < 10 || at.y > size.height - 10) continue;
    if (taken.some((other) => Math.abs(other.x - at.x) < other.half + half + 8 && Math.abs(other.y - at.y) < 20)) continue;
    taken.push(at);
    pen.strokeStyle = inks.ground;
    pen.lineWidth = 4;
    pen.strokeText(text, at.x, at.y);
    pen.fillStyle = inks.ink;
    pen.fillText(text, at.x, at.y);
  }
}

function readColours() {
  const style = getComputedStyle(picture);
  const value = (name) => style.getPropertyValue(name).trim();
  colours = Array.from({ length: 10 }, (_, colour) => value(`--dot-${colour}`));
  inks = { ink: value("--ink"), ground: value("--raised"), accent: value("--accent") };
  redraw();
}

function fit() {
  const width = picture.clientWidth;
  const wanted = { width: dots.width + 2 * MARGIN, height: dots.height + 2 * MARGIN };
  const height = Math.round(Math.min((width * wanted.height) / wanted.width, innerHeight * 0.85));
  const ratio = devicePixelRatio || 1;
  size = { width, height, unit: Math.min(width / wanted.width, height / wanted.height) };
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.height = `${height}px`;
  if (view.zoom === 1) zoomOut();
  redraw();
}

/* Moving about */

function zoomOut() {
  const spare = (length, units) => (length / size.unit - units) / 2;
  view = { zoom: 1, x: -spare(size.width, dots.width), y: -spare(size.height, dots.height) };
  moved();
}

/** Nearer or further, with the point under (x, y) where it is. */
function zoomBy(factor, x = size.width / 2, y = size.height / 2) {
  const zoom = Math.min(Math.max(view.zoom * factor, 1), FARTHEST);
  if (zoom === 1) return zoomOut();
  const units = { x: view.x + x / scale(), y: view.y + y / scale() };
  view.zoom = zoom;
  view.x = units.x - x / scale();
  view.y = units.y - y / scale();
  return moved();
}

function panBy(dx, dy) {
  const within = (value, length, units) => Math.min(Math.max(value, -MARGIN), Math.max(units + MARGIN - length / scale(), -MARGIN));
  if (view.zoom === 1) return;
  view.x = within(view.x - dx / scale(), size.width, dots.width);
  view.y = within(view.y - dy / scale(), size.height, dots.height);
  moved();
}

function moved() {
  picture.classList.toggle("is-near", view.zoom > 1);
  placeTip();
  redraw();
}

/* The current dot */

function nearest(x, y, within = NEAR) {
  let found = -1;
  let best = within * within;
  for (let at = 0; at < dots.x.length; at += 1) {
    const distance = (toX(dots.x[at]) - x) ** 2 + (toY(dots.y[at]) - y) ** 2;
    if (distance < best && isShown(at)) [found, best] = [at, distance];
  }
  return found;
}

/** The next dot in a direction: straight ahead rather than aside. */
function next([dx, dy]) {
  if (current < 0) return nearest(size.width / 2, size.height / 2, Infinity);
  let found = current;
  let best = Infinity;
  for (let at = 0; at < dots.x.length; at += 1) {
    const x = dots.x[at] - dots.x[current];
    const y = dots.y[at] - dots.y[current];
    const ahead = x * dx + y * dy;
    const cost = ahead + 2.5 * Math.abs(x * dy - y * dx);
    if (ahead > 0 && cost < best && isShown(at)) [found, best] = [at, cost];
  }
  return found;
}

function pointAt(at, isTold = false) {
  if (at === current) return;
  current = at;
  tip.hidden = at < 0;
  canvas.style.cursor = at >= 0 && !isSelecting ? "pointer" : "";
  if (at >= 0) {
    const group = root.querySelector(`[data-legend="${colouring}"] [data-group="${groupOf(at)}"] span:nth-of-type(2)`);
    tip.textContent = `${dots.titles[at]}${group ? ` · ${group.textContent}` : ""}`;
    if (isTold) card(at);
    if (isTold) status.textContent = `${tip.textContent}${selected.has(at) ? ", selected" : ""}${favourites.has(at) ? ", favourite" : ""}`;
  }
  placeTip();
  overdraw();
}

function placeTip() {
  if (tip.hidden) return;
  const x = toX(dots.x[current]);
  const y = toY(dots.y[current]);
  const left = Math.min(Math.max(x - tip.offsetWidth / 2, 4), size.width - tip.offsetWidth - 4);
  const top = y > tip.offsetHeight + 20 ? y - tip.offsetHeight - 14 : y + 14;
  tip.style.transform = `translate(${left}px, ${top}px)`;
}

function bringIntoSight(at) {
  const edge = 40;
  const over = (value, length) => (value < edge ? edge - value : Math.min(length - edge - value, 0));
  panBy(over(toX(dots.x[at]), size.width), over(toY(dots.y[at]), size.height));
}

/** Under the map: the current dot with its star, for a finger and for the key s. */
function card(at) {
  if (card.shown === at) return;
  card.shown = at;
  const open = link(address(at), dots.titles[at]);
  const favourite = Object.assign(document.createElement("a"), { className: "star", href: `${address(at)}favourite/`, rel: "nofollow" });
  favourite.dataset.favourite = dots.numbers[at];
  favourite.append(Object.assign(document.createElement("span"), { textContent: `Favourite: ${dots.titles[at]}` }));
  now.replaceChildren(open, favourite);
  document.dispatchEvent(new CustomEvent("boardwalk:swapped", { detail: now }));
}

function starCurrent() {
  if (current < 0) return;
  card(current);
  now.querySelector(".star").click();
  status.textContent = now.querySelector(".star").textContent; // “Interested: …”
}

const address = (at) => `${root.dataset.posters}${dots.numbers[at]}/`;

/* Selection: dots that become a list, and stand in the address */

const place = document.querySelector("[data-map-selection]");
let waiting = 0;
let underway = new AbortController();

function toggle(at) {
  if (!selected.delete(at)) selected.add(at);
  showSelection();
}

/** The numbers of the selected dots in order, as many as an address holds: 3.7.12-15, what chosen.py reads. */
function chosen() {
  const numbers = [...selected].map((at) => dots.numbers[at]).sort((one, other) => one - other);
  const runs = [];
  for (const number of numbers.slice(0, MOST_CHOSEN)) {
    if (runs.at(-1)?.at(-1) === number - 1) runs.at(-1).push(number);
    else runs.push([number]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join("."))).join(".");
}

/** The selection that an address holds. */
function chosenIn(text) {
  const parts = text.split(/[.,\s]+/).filter((part) => /^\d+(-\d+)?$/.test(part)).map((part) => part.split("-").map(Number));
  const isNamed = (number) => parts.some(([first, last = first]) => first <= number && number <= last);
  return new Set(dots.numbers.flatMap((number, at) => (isNamed(number) ? [at] : [])));
}

/** The address of the map as it is, with this selection. One list at a time: it takes the place of a region's. */
function addressWith(numbers, address = location.href) {
  const url = new URL(address);
  for (const name of numbers ? ["number", "region", "page"] : ["number"]) url.searchParams.delete(name);
  if (numbers) url.searchParams.set("number", numbers);
  return url;
}

function showSelection() {
  overdraw();
  clearTimeout(waiting);
  underway.abort();
  const numbers = chosen();
  history.replaceState(null, "", addressWith(numbers));
  if (!selected.size) return place.replaceChildren();
  status.textContent = `${selected.size} selected. The list is below the map.`;
  waiting = setTimeout(() => listSelection(numbers), SETTLED_MS);
  return place;
}

const link = (href, textContent) => Object.assign(document.createElement("a"), { href, textContent });

/** Below the map: the rows that the list of posters has for them. */
async function listSelection(numbers) {
  underway = new AbortController();
  const { signal } = underway;
  const address = `${root.dataset.posters}?number=${numbers}`;
  const heading = Object.assign(document.createElement("h2"), { textContent: `${selected.size} selected ` });
  const aside = Object.assign(document.createElement("span"), { className: "aside" });
  const clear = link(addressWith("").href, "Clear");
  clear.dataset.mapClear = "";
  aside.append(link(address, "Search, sort and filter them"), " · ", clear);
  heading.append(aside);
  const note = Object.assign(document.createElement("p"), { className: "muted" });
  let rows = "";
  try {
    const answer = await fetch(address, { signal, credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    rows = page.querySelector("[data-swap] .rows");
    const { length } = rows.children;
    if (selected.size > length) note.textContent = `These are the first ${length} of them.`;
    if (selected.size > MOST_CHOSEN) note.textContent += ` A list holds ${MOST_CHOSEN} at most: zoom in and select fewer to see the others.`;
  } catch {
    if (signal.aborted) return;
    note.textContent = "The list could not be loaded. Select again, or follow the link above.";
  }
  if (signal.aborted) return;
  place.replaceChildren(heading, rows, note);
  document.dispatchEvent(new CustomEvent("boardwalk:swapped", { detail: place }));
}

place?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-map-clear]")) return;
  event.preventDefault();
  selected = new Set();
  showSelection();
  canvas.focus();
});

/* Pointers: one hovers, opens, pans or draws a frame; two pinch. */

const pointers = new Map();
let start = null;

function at(event) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function span() {
  const [one, two] = [...pointers.values()];
  return { length: Math.hypot(one.x - two.x, one.y - two.y), x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 };
}

function press(event) {
  pointers.set(event.pointerId, at(event));
  canvas.setPointerCapture(event.pointerId);
  if (pointers.size === 1) start = { ...at(event), wasCurrent: current, isMoved: false };
}

function move(event) {
  const here = at(event);
  const before = pointers.get(event.pointerId);
  if (!before) return pointAt(nearest(here.x, here.y));
  if (pointers.size === 2) {
    const was = span();
    pointers.set(event.pointerId, here);
    const is = span();
    zoomBy(is.length / (was.length || 1), is.x, is.y);
    start.isMoved = true;
    return panBy(is.x - was.x, is.y - was.y);
  }
  pointers.set(event.pointerId, here);
  if (Math.hypot(here.x - start.x, here.y - start.y) > 6) start.isMoved = true;
  if (isSelecting || event.shiftKey) {
    frame = { x: Math.min(start.x, here.x), y: Math.min(start.y, here.y), width: Math.abs(here.x - start.x), height: Math.abs(here.y - start.y) };
    return overdraw();
  }
  return panBy(here.x - before.x, here.y - before.y);
}

function release(event) {
  if (!pointers.delete(event.pointerId) || pointers.size || event.type === "pointercancel") {
    frame = null;
    return;
  }
  if (frame && start.isMoved) {
    const { x, y, width, height } = frame;
    const isInside = (dot) => toX(dots.x[dot]) >= x && toX(dots.x[dot]) <= x + width && toY(dots.y[dot]) >= y && toY(dots.y[dot]) <= y + height;
    for (let dot = 0; dot < dots.x.length; dot += 1) if (isShown(dot) && isInside(dot)) selected.add(dot);
    showSelection();
  } else if (!start.isMoved) {
    tap(event);
  }
  frame = null;
  overdraw();
}

/** A finger shows what it has found first, and opens it with a second tap. */
function tap(event) {
  const { x, y } = at(event);
  const found = nearest(x, y, event.pointerType === "mouse" ? NEAR : 24);
  if (found >= 0 && isSelecting) toggle(found);
  else if (found >= 0 && (event.pointerType === "mouse" || found === start.wasCurrent)) location.assign(address(found));
  pointAt(found);
  if (found >= 0 && event.pointerType !== "mouse") card(found);
}

function wheel(event) {
  // A page that is scrolled past must not be caught: only when the map has been chosen, or with a pinch.
  if (!event.ctrlKey && document.activeElement !== canvas) return;
  event.preventDefault();
  const { x, y } = at(event);
  zoomBy(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), x, y);
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    "+": () => zoomBy(1.5),
    "=": () => zoomBy(1.5),
    "-": () => zoomBy(1 / 1.5),
    0: zoomOut,
    Enter: () => current >= 0 && location.assign(address(current)),
    o: () => current >= 0 && location.assign(address(current)),
    s: () => starCurrent(),
    " ": () => current >= 0 && toggle(current),
    Escape: () => pointAt(-1),
  }[event.key];
  if (ARROWS[event.key]) {
    const found = next(ARROWS[event.key]);
    bringIntoSight(found);
    pointAt(found, true);
  } else if (act) act();
  else return;
  event.preventDefault();
}

/* Around the canvas */

function button(text, label, press) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.setAttribute("aria-label", label);
  made.addEventListener("click", () => press(made));
  return made;
}

function tools() {
  const place = Object.assign(document.createElement("div"), { className: "map-tools" });
  const select = button("Select", "Select with a frame", (pressed) => {
    isSelecting = !isSelecting;
    pressed.setAttribute("aria-pressed", String(isSelecting));
    picture.classList.toggle("is-selecting", isSelecting);
  });
  select.setAttribute("aria-pressed", "false");
  place.append(button("+", "Zoom in", () => zoomBy(1.6)), button("−", "Zoom out", () => zoomBy(1 / 1.6)), select);
  return place;
}

/** Each entry of a legend shows its group alone. */
function legend() {
  for (const item of root.querySelectorAll("[data-group]")) entry(item, Number(item.dataset.group));
  for (const list of root.querySelectorAll("[data-legend]")) {
    const item = document.createElement("li");
    const mark = Object.assign(document.createElement("span"), { textContent: "★" });
    const text = Object.assign(document.createElement("span"), { textContent: "Your favourites" });
    const count = document.createElement("small");
    count.dataset.favouriteDots = "";
    item.append(mark, text, count);
    list.append(item);
    entry(item, "favourites");
  }
}

function entry(item, group) {
  const pressed = Object.assign(document.createElement("button"), { type: "button" });
  pressed.append(...item.childNodes);
  pressed.setAttribute("aria-pressed", "false");
  pressed.addEventListener("click", () => showOnly(only === group ? null : group, pressed));
  item.append(pressed);
}

function showOnly(group, pressed = null) {
  only = group;
  for (const other of root.querySelectorAll(".legend button")) other.setAttribute("aria-pressed", String(group !== null && other === pressed));
  redraw();
}

function recolour(link) {
  colouring = link.dataset.colouring;
  for (const other of document.querySelectorAll("[data-colouring]")) other.toggleAttribute("aria-current", other === link);
  link.setAttribute("aria-current", "true");
  for (const list of root.querySelectorAll("[data-legend]")) list.hidden = list.dataset.legend !== colouring;
  showOnly(null);
  history.replaceState(null, "", addressWith(chosen(), link.href));
}

function takeFavourites(states) {
  favourites = new Set(dots.numbers.map((number, at) => (states.get(String(number)) ?? "none") === "none" ? -1 : at).filter((at) => at >= 0));
  for (const count of root.querySelectorAll("[data-favourite-dots]")) count.textContent = favourites.size;
  redraw();
}

async function begin() {
  const answer = await fetch(root.dataset.map, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  dots = await answer.json();
  selected = chosenIn(new URLSearchParams(location.search).getAll("number").join("."));
  colouring = root.querySelector("[data-legend]:not([hidden])")?.dataset.legend;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Map of posters. Arrow keys go from poster to poster, Enter opens, S stars, Space selects, plus and minus zoom.");
  for (const [name, listener] of Object.entries({ pointerdown: press, pointermove: move, pointerup: release, pointercancel: release, keydown: key })) {
    canvas.addEventListener(name, listener);
  }
  canvas.addEventListener("pointerleave", ({ pointerType }) => {
    // A finger that is lifted leaves, too: what it has found stays.
    if (pointerType !== "touch" && !pointers.size && document.activeElement !== canvas) pointAt(-1);
  });
  canvas.addEventListener("wheel", wheel, { passive: false });
  const help = Object.assign(document.createElement("p"), {
    className: "map-help",
    textContent: "Choose the map, then: arrow keys, Enter to open and s to star, wheel or + and − to zoom, Space or Shift and drag to select. A second tap opens a poster.",
  });
  const around = Object.assign(document.createElement("div"), { className: "map-canvas" });
  around.append(canvas, tools(), tip);
  now.append(Object.assign(document.createElement("p"), { className: "muted", textContent: "Tap a dot, or walk with the arrow keys: its title stands here, with its star." }));
  picture.replaceChildren(around, now, status);
  root.querySelector(".map-side").append(help);
  legend();
  for (const link of document.querySelectorAll("[data-colouring]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      recolour(link);
    });
  }
  addEventListener("favourites", ({ detail }) => takeFavourites(detail));
  dispatchEvent(new Event("favourites-wanted"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readColours);
  new ResizeObserver(fit).observe(picture);
  fit();
  readColours();
}

/** By board: the boards of own favourites bear a star. */
function watchBoards(boards) {
  addEventListener("favourites", ({ detail }) => {
    for (const board of boards) board.classList.toggle("is-favourite", (detail.get(board.dataset.board) ?? "none") !== "none");
  });
  dispatchEvent(new Event("favourites-wanted"));
}

watchBoards(document.querySelectorAll("[data-board]"));

// Without the numbers the picture stays as it is.
if (root) begin().catch(() => {});
