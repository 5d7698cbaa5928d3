/**
 * A poster's authors in the admin, dragged into order: the rows' position fields are numbered as the rows then stand.
 *
 * Without this script, or without a pointer, the numbers are typed.
 */

const group = document.querySelector("#authorships-group");

/** The rows that name somebody. */
function rows() {
  return [...group.querySelectorAll("tr.form-row:not(.empty-form)")].filter((row) => row.querySelector("select")?.value);
}

function renumber() {
  rows().forEach((row, place) => {
    const input = row.querySelector("input[name$='-position']");
    input.value = place + 1;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function addHandle(row) {
  const cell = row.querySelector("td.field-position");
  if (!cell?.querySelector("input") || cell.querySelector(".drag-handle")) return;
  const handle = Object.assign(document.createElement("span"), { className: "drag-handle", textContent: "⠿", title: "Drag into order" });
  handle.setAttribute("aria-hidden", "true");
  cell.prepend(handle);

  handle.addEventListener("pointerdown", (event) => {
    if (event.button === 0) drag(row, event);
  });
}

/** Follows the pointer until it is let go. On the document: a row that moves in it would lose a captured pointer. */
function drag(row, begun) {
  begun.preventDefault();
  row.classList.add("is-dragged");
  const done = new AbortController();
  const listen = (type, listener) =>
    document.addEventListener(type, (event) => event.pointerId === begun.pointerId && listener(event), { signal: done.signal });

  listen("pointermove", (event) => {
    const others = rows().filter((other) => other !== row);
    const next = others.find((other) => {
      const box = other.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    if (next) {
      if (row.nextElementSibling !== next) next.before(row);
    } else if (others.length && others.at(-1).nextElementSibling !== row) {
      others.at(-1).after(row);
    }
  });
  for (const type of ["pointerup", "pointercancel"]) {
    listen(type, () => {
      done.abort();
      row.classList.remove("is-dragged");
      renumber();
    });
  }
}

if (group) {
  group.querySelectorAll("tr.form-row:not(.empty-form)").forEach(addHandle);
  document.addEventListener("formset:added", (event) => {
    if (group.contains(event.target)) addHandle(event.target);
  });
}
