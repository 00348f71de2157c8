// One answer for all rows of a list that have none yet: what was chosen row by row before stays.
const shown = () => document.querySelectorAll("[data-for-all]").forEach((each) => { each.hidden = false; });

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-for-all] button");
  if (!button) return;
  const field = button.closest("[data-for-all]").dataset.forAll;
  const radios = [...button.closest(".form-list").querySelectorAll("input[type=radio]")].filter((each) => each.name.endsWith(`.${field}`));
  const answered = new Set(radios.filter((each) => each.checked).map((each) => each.name));
  for (const radio of radios.filter((each) => each.value === button.dataset.value && !answered.has(each.name))) {
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

document.addEventListener("htmx:after:swap", shown);
shown();
