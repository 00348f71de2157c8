const FADE = 48; // pixels at the edge in which tabs fade where more of them follow

// Where one is among tabs or areas that do not all fit is brought into sight.
for (const here of document.querySelectorAll(".tabs [aria-current], .rail li [aria-current]")) {
  const row = here.closest(".tabs, ul"), box = row.getBoundingClientRect(), mine = here.getBoundingClientRect();
  const beyond = mine.right + FADE - box.right;
  if (beyond > 0) row.scrollLeft += beyond;
}

// Folding menus close on a click elsewhere or Escape; selects of a filter or setting send their form.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit-on-change]")) event.target.form.requestSubmit();
});
