/**
 * Formulas: renders every [data-tex] element with the vendored KaTeX, which is loaded only where there is one.
 *
 * The element's own text is the formula in Unicode. It stays where KaTeX cannot read the TeX or cannot be loaded.
 * Static files have hashed names, so the page says where KaTeX is, on this module's own script element:
 * <script type="module" src="…" data-maths data-katex-script="…" data-katex-style="…"></script>
 */

const WAITING = "[data-tex]:not([data-maths-state])";
const OPTIONS = {
  throwOnError: true, // caught below: a red error message helps no reader
  trust: false,
  errorColor: "inherit", // of commands that need trust: \href, \includegraphics
  strict: "ignore",
  maxSize: 10,
  maxExpand: 200,
};
const SLICE_MS = 12; // a session page can hold thousands of formulas; between slices the page stays usable

let loading;

/** KaTeX and its style sheet, once per page. */
function load() {
  loading ??= (async () => {
    const { katexScript, katexStyle } = document.querySelector("script[data-maths]").dataset;
    const [katex] = await Promise.all([
      import(new URL(katexScript, document.baseURI).href),
      addStyleSheet(new URL(katexStyle, document.baseURI).href),
    ]);
    return katex;
  })();
  return loading;
}

function addStyleSheet(url) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url });
    link.addEventListener("load", resolve, { once: true });
    link.addEventListener("error", () => reject(new Error(`No style sheet at ${url}`)), { once: true });
    document.head.append(link);
  });
}

function renderFormula(katex, element) {
  const rendered = document.createElement("span");
  try {
    katex.render(element.dataset.tex, rendered, { ...OPTIONS, displayMode: "display" in element.dataset });
  } catch {
    element.dataset.mathsState = "unicode";
    return;
  }
  element.replaceChildren(...rendered.childNodes);
  element.dataset.mathsState = "rendered";
}

/**
 * Render the formulas in root that are not rendered yet; call it again for what is added to the page later.
 * Without a network it leaves everything as it is, and a later call tries again.
 */
export async function renderMaths(root = document) {
  const elements = [...root.querySelectorAll(WAITING)];
  if (!elements.length) return;
  for (const element of elements) element.dataset.mathsState = "waiting"; // so that no second call takes them too
  let katex;
  try {
    katex = await load();
  } catch {
    loading = undefined;
    for (const element of elements) delete element.dataset.mathsState;
    return;
  }
  let sliceEnd = performance.now() + SLICE_MS;
  for (const element of elements) {
    renderFormula(katex, element);
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      sliceEnd = performance.now() + SLICE_MS;
    }
  }
}

renderMaths();
document.addEventListener("boardwalk:swapped", ({ detail }) => renderMaths(detail));
