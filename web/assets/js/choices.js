// Long lists of choices: typing shows those that fit and those already chosen.
function sift(search) {
  const wanted = search.value.trim().toLowerCase();
  for (const label of search.parentElement.querySelectorAll(".choices label")) {
    const isChosen = label.querySelector("input").checked;
    label.hidden = Boolean(wanted) && !isChosen && !label.textContent.toLowerCase().includes(wanted);
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-choices-search]")) sift(event.target);
});

// Enter in the search must not send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-choices-search]")) event.preventDefault();
});

document.addEventListener("htmx:after:swap", () => document.querySelectorAll("[data-choices-search]").forEach(sift));
