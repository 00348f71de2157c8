// Buttons that open a dialog, focus on what is wrong, and outcomes whose opinion must be written first.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  event.target.closest("[data-close]")?.closest("dialog").close();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-opinion]");
  const opinion = button && document.getElementById(button.dataset.opinion);
  if (!opinion || opinion.value.trim()) return;
  event.preventDefault();
  opinion.setCustomValidity(button.dataset.demand);
  opinion.reportValidity();
  opinion.addEventListener("input", () => opinion.setCustomValidity(""), { once: true });
});

document.querySelector("[data-focus]")?.focus();

// A second click while the first is on its way must not send twice.
document.addEventListener("submit", (event) => {
  const form = event.target; // a field of it may be called "method"
  if (form.getAttribute("method")?.toLowerCase() !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "true";
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
