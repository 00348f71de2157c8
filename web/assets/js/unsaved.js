// What was typed into a form that is kept by a button of its own is not left behind unasked.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-unsaved]");
  if (form) form.dataset.unsaved = "changed";
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-unsaved=changed]:not([data-sent])")) event.preventDefault();
});
