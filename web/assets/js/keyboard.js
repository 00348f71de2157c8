// Keys for those who work here all day: j and k move through a list, x ticks, c claims, a, r and t go to what is done with
// a task, g and a letter to another area, / searches, ? shows the keys.
const isTyping = (target) => target.closest("input:not(.tick), textarea, select, [contenteditable]");

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

// What a key means is looked for in the row that is chosen, else on the whole page (a task, or the one that is previewed).
function find(selector) {
  const row = document.activeElement?.closest("[data-row]");
  return row?.querySelector(selector) ?? document.querySelector(`main ${selector}`);
}

// Nothing is decided by one key: it only goes to the button, and Enter presses it.
function goTo(selector, link) {
  const button = document.querySelector(`main .outcomes ${selector}`);
  if (!button) return link && document.querySelector(`main ${link}`)?.click();
  button.focus();
  button.scrollIntoView({ block: "nearest" });
}

let isGoing = false; // after g, for the letter behind it

function go(letter) {
  isGoing = false;
  document.querySelector(`.rail [data-go="${letter}"]`)?.click();
}

const keys = {
  x: () => document.activeElement?.closest("[data-row]")?.querySelector(".tick")?.click(),
  c: () => find('form[action$="/claim"] button, [formaction$="/claim"]')?.click(),
  a: () => goTo('button[name="outcome"]:not(.danger)'),
  r: () => goTo('button[name="outcome"][value="return"]', '.outcomes a[href$="/return"]'),
  t: () => document.querySelector('main a.entry[href$="/transfer"]')?.click(),
  g: () => (isGoing = true),
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.matches("input[type=search]")) event.target.blur();
  if (isTyping(event.target)) return;
  if (isGoing) return event.preventDefault(), go(event.key);
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

// A click anywhere in a row opens it, unless something was selected or a control was meant.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
  row.querySelector("a")?.click();
});
