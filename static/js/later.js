/** Parts of a page that take a while are fetched when the rest is there. What does not come stays a link. */

async function bring(place) {
  const answer = await fetch(place.dataset.later, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.getElementById(place.id);
  if (answer.ok && part) place.replaceWith(part);
}

for (const place of document.querySelectorAll("[data-later]")) {
  bring(place)
    .catch(() => {}) // without a network the link says where it is
    .finally(() => place.removeAttribute("aria-busy"));
}
