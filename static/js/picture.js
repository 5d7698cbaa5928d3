/** A picture that does not come, as without a network, leaves a word instead of a broken frame. */

for (const image of document.querySelectorAll("[data-picture]")) {
  const explain = () => {
    const word = document.createElement("span");
    word.className = "muted";
    word.textContent = `${image.alt}, to be seen with a network`;
    image.replaceWith(word);
  };
  if (image.complete && image.src && image.naturalWidth === 0) explain();
  else image.addEventListener("error", explain);
}
