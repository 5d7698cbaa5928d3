/** Parts of a page that take a while are fetched when the rest is there. What does not come stays a link. */

async function bring(place, announcement) {
  const answer = await fetch(place.dataset.later, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.getElementById(place.id);
  if (!answer.ok || !part) return;
  const heading = part.querySelector("h2");
  const hadFocus = place.contains(document.activeElement);
  place.replaceWith(part);
  if (hadFocus) {
    heading.tabIndex = -1;
    heading.focus(); // which says that it is there, too
  } else {
    announcement.textContent = `${heading.textContent}: now on the page.`;
  }
}

for (const place of document.querySelectorAll("[data-later]")) {
  const doing = document.createTextNode(`${place.dataset.doing} `);
  const announcement = document.createElement("p");
  announcement.className = "visually-hidden";
  announcement.setAttribute("role", "status");
  place.before(announcement);
  place.querySelector("p").prepend(doing);
  place.setAttribute("aria-busy", "true");
  bring(place, announcement)
    .catch(() => {}) // without a network the link says where it is
    .finally(() => {
      doing.remove();
      place.removeAttribute("aria-busy");
    });
}
