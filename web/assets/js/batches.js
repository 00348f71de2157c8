// Ticks in a list: as soon as one is set, the bar shows with what can be done to all of them.
const bar = document.querySelector("[data-batch]");
const ticks = () => [...document.querySelectorAll("input.tick")];

function count() {
  const chosen = ticks().filter((tick) => tick.checked).length;
  bar.hidden = chosen === 0;
  bar.querySelector("[data-batch-count]").dataset.n = chosen;
}

if (bar) {
  document.addEventListener("change", (event) => event.target.matches("input.tick") && count());
  addEventListener("pageshow", count);
}
