// Files that a form carries: told by name once chosen, or sent at once where the form is for nothing else.
document.addEventListener("change", (event) => {
  const picker = event.target.closest("input[type=file][data-upload-now]");
  if (picker?.files.length) picker.form.requestSubmit();
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-file-choice]")) return;
  const told = target.parentElement.querySelector("[data-chosen]");
  told.dataset.none ??= told.textContent;
  told.textContent = [...target.files].map((file) => file.name).join(", ") || told.dataset.none;
});
