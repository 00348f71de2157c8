// Long lists of choices: typing shows those that fit, by their words, heading or initials, and those already chosen.
function sift(search) {
  const wanted = search.value.trim().toLowerCase();
  const field = search.parentElement;
  for (const label of field.querySelectorAll(".choices label")) {
    const isChosen = label.querySelector("input").checked;
    const heading = label.closest(".choices-group")?.getAttribute("aria-label") ?? "";
    const fits = [label.textContent, heading, label.dataset.letters ?? ""].some((text) => text.toLowerCase().includes(wanted));
    label.hidden = Boolean(wanted) && !isChosen && !fits;
  }
  for (const group of field.querySelectorAll(".choices-group")) group.hidden = !group.querySelector("label:not([hidden])");
  const nothing = field.querySelector("[data-nothing-fits]");
  if (nothing) nothing.hidden = Boolean(field.querySelector(".choices label:not([hidden])"));
}

document.addEventListener("input", (event) => {
  if ("choicesSearch" in event.target.dataset) sift(event.target);
});

// Enter in the search must not send the form; the arrow goes down into what fits.
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-choices-search]")) return;
  if (event.key === "Enter" || event.key === "ArrowDown") event.preventDefault();
  if (event.key === "ArrowDown") event.target.parentElement.querySelector(".choices label:not([hidden]) input")?.focus();
});

document.addEventListener("htmx:after:swap", () => document.querySelectorAll("[data-choices-search]").forEach(sift));

// Enter on a name that a field offers takes the name; what the form does with it is its button's.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("form[method=post]:not([hx-post]) input[list]")) return;
  event.preventDefault();
});
