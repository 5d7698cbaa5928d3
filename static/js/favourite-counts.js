/** How many have starred this poster: fetched apart, for the page itself is kept while the number changes. */

const element = document.querySelector("[data-favourite-counts]");

async function show({ favouriteCounts: address, number }) {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) return;
  const count = (await response.json()).favourites[number];
  if (!count) return;
  element.textContent = `Starred by ${count}`;
  element.hidden = false;
}

// Without the number nothing is missing.
if (element) show(element.dataset).catch(() => {});
