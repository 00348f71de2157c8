// Sends chosen files at once and lists them; the form then carries only their keys.
document.addEventListener("change", (event) => {
  const picker = event.target.closest("input[type=file][data-upload-now]");
  if (picker?.files.length) picker.form.requestSubmit();
});
