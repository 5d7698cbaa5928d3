// Names the search field of each choice of several: select2 makes one without a label.

addEventListener("load", () => {
  for (const select of document.querySelectorAll("select.admin-autocomplete[multiple]")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const field = select.parentElement.querySelector(".select2-search__field");
    if (label && field) {
      field.setAttribute("aria-label", label.textContent.trim().replace(/:$/, ""));
    }
  }
});
