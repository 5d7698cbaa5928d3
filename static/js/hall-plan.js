/**
 * A hall's plan whose boards can be dragged: a dragged mark writes the board's two number inputs, and a number that is
 * typed moves the mark. Nothing is saved before the form is sent; without this script the inputs alone do the same.
 */

const CENTIMETRES = 100;
const STEP = 10; // centimetres that a dragged board snaps to

const plan = document.querySelector("[data-hall-plan]");
const form = document.querySelector("[data-hall-form]");

/** The board's inputs; undefined for a board on another page of the table. */
function inputsOf(mark) {
  const [right, down] = ["x", "y"].map((axis) => form.elements[`${axis}-${mark.dataset.board}`]);
  return right && down ? { right, down } : undefined;
}

function place(mark, x, y) {
  for (const part of mark.children) {
    part.setAttribute("x", x);
    part.setAttribute("y", y);
  }
}

/** A pointer's place in the plan's own units, which are centimetres. */
function placeOf(event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
}

function makeMovable(mark) {
  const inputs = inputsOf(mark);
  if (!inputs) return;
  const first = mark.firstElementChild;
  mark.classList.add("is-movable");
  let from;

  mark.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const start = placeOf(event);
    from = { x: start.x - Number(first.getAttribute("x")), y: start.y - Number(first.getAttribute("y")) };
    mark.setPointerCapture(event.pointerId);
    mark.classList.add("is-dragged");
    event.preventDefault();
  });
  mark.addEventListener("pointermove", (event) => {
    if (!from) return;
    const at = placeOf(event);
    const [x, y] = [at.x - from.x, at.y - from.y].map((value) => Math.round(value / STEP) * STEP);
    place(mark, x, y);
    inputs.right.value = x / CENTIMETRES;
    inputs.down.value = y / CENTIMETRES;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    mark.addEventListener(end, () => {
      from = undefined;
      mark.classList.remove("is-dragged");
    });
  }
  const follow = () => {
    const [right, down] = [inputs.right, inputs.down].map((input) => input.valueAsNumber);
    if (Number.isFinite(right) && Number.isFinite(down)) place(mark, right * CENTIMETRES, down * CENTIMETRES);
  };
  inputs.right.addEventListener("input", follow);
  inputs.down.addEventListener("input", follow);
}

if (plan && form) {
  plan.querySelectorAll("[data-board]").forEach(makeMovable);
  document.querySelector("[data-hall-help]")?.removeAttribute("hidden");
}
