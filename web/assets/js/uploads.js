// Files that a form carries: told by name once chosen, or sent at once where the form is for nothing else.
import { tooLarge } from "./file_sizes.js";

document.addEventListener("change", (event) => {
  const picker = event.target.closest("input[type=file][data-upload-now]");
  if (!picker?.files.length) return;
  picker.setCustomValidity(tooLarge(picker.files));
  if (picker.reportValidity()) picker.form.requestSubmit();
  else picker.value = "";
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-file-choice]")) return;
  const told = target.parentElement.querySelector("[data-chosen]");
  told.dataset.none ??= told.textContent;
  const refused = tooLarge(target.files);
  const names = [...target.files].map((file) => file.name).join(", ");
  if (refused) target.value = "";
  told.textContent = refused ? `${names}: ${refused}` : names || told.dataset.none;
});
