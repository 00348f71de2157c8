// Keys for those who work here all day: j and k move through a list, Enter opens, / searches, ? shows the keys.
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

function rows() {
  return [...document.querySelectorAll("[data-row]")];
}

function move(step) {
  const all = rows();
  if (!all.length) return document.querySelector(`[data-position] [data-${step > 0 ? "after" : "before"}][href]`)?.click();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, here + step))] ?? all[0];
  next.querySelector("a")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.matches("input[type=search]")) event.target.blur();
  if (isTyping(event.target) || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

// A click anywhere in a row opens it, unless something was selected or a control was meant.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
  row.querySelector("a")?.click();
});
