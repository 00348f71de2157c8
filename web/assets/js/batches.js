// Ticks in a list: as soon as one is set, the bar shows with what can be done to all of them. Approving is offered where one
// of them at least can be approved without opening it; which cannot, and why, is said at once: for each row the bar holds the number of the reason, "-" for none.
const bar = document.querySelector("[data-batch]");
const ticks = () => [...document.querySelectorAll("input.tick")];

function count() {
  const chosen = ticks().filter((tick) => tick.checked);
  bar.hidden = chosen.length === 0;
  bar.querySelector("[data-batch-count]").dataset.n = chosen.length;
  const alone = chosen.map((tick) => bar.dataset.alone[ticks().indexOf(tick)]).filter((reason) => reason !== "-");
  const all = alone.length === chosen.length;
  bar.querySelector("[value=approve]").disabled = all;
  bar.querySelector("[name=opinion]").disabled = all;
  const told = bar.querySelector("[data-batch-alone]");
  told.hidden = alone.length === 0;
  const why = [...new Set(alone.map((reason) => JSON.parse(bar.dataset.reasons)[reason]))].join(" ");
  told.textContent = bar.dataset.aloneWords.replace("{n}", alone.length).replace("{why}", why);
}

if (bar) {
  document.addEventListener("change", (event) => event.target.matches("input.tick") && count());
  addEventListener("pageshow", count);
}
