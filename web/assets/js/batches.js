// Ticks in a list: as soon as one is set, the bar shows what can be done, and to how many of them; what can be done to none is
// not there. What is left out, and why, is said at once: the bar holds a word for each row (`inbox/_batch.html`).
// What is held up is not sent along.
const bar = document.querySelector("[data-batch]");
const tickAll = document.querySelector("[data-tick-all]"); // of the rows of this page
const ticks = () => [...document.querySelectorAll("input.tick")];
const rows = bar ? bar.dataset.rows.split(" ").map((word) => ({ alone: word[0], hold: word[1], process: word.slice(2) })) : [];

function offer(operation, n) {
  const button = bar.querySelector(`[value=${operation}]`);
  button.hidden = n === 0;
  button.dataset.n = n;
}

function told(chosen, live) {
  if (new Set(live.map((row) => row.process)).size > 1) return bar.dataset.mixedWords;
  const alone = live.filter((row) => row.alone !== "-"), held = chosen.length - live.length;
  const why = [...new Set(alone.map((row) => JSON.parse(bar.dataset.reasons)[row.alone]))].join(" ");
  const isAside = alone.length === live.length && live.some((row) => row.hold === "c"); // none of it is for approving: claiming is what is offered
  const parts = [alone.length && !isAside && bar.dataset.aloneWords.replace("{n}", alone.length).replace("{why}", why)];
  parts.push(held && bar.dataset.heldWords.replace("{n}", held));
  return parts.filter(Boolean).join(" ");
}

function count() {
  const all = ticks(), chosen = rows.filter((_row, at) => all[at]?.checked), live = chosen.filter((row) => row.hold !== "x");
  const words = told(chosen, live), some = words === bar.dataset.mixedWords ? [] : live;
  bar.hidden = chosen.length === 0;
  if (tickAll) {
    tickAll.checked = chosen.length === all.length;
    tickAll.indeterminate = chosen.length > 0 && !tickAll.checked;
  }
  bar.querySelector("[data-batch-count]").dataset.n = chosen.length;
  offer("approve", some.filter((row) => row.alone === "-").length);
  offer("claim", some.filter((row) => row.hold === "c").length);
  offer("transfer", some.length);
  const opinion = bar.querySelector("[name=opinion]");
  opinion.hidden = opinion.disabled = bar.querySelector("[value=approve]").hidden;
  const shown = [...bar.querySelectorAll("button")].filter((button) => !button.hidden);
  for (const button of shown) button.classList.toggle("primary", button === shown[0] && button.value !== "transfer");
  const line = bar.querySelector("[data-batch-alone]");
  line.hidden = !words;
  line.textContent = words;
}

function leaveOut() {
  ticks().forEach((tick, at) => rows[at].hold === "x" && (tick.checked = false));
}

if (tickAll) {
  tickAll.closest("label").hidden = false;
  tickAll.addEventListener("change", () => {
    for (const tick of ticks()) tick.checked = tickAll.checked;
    count();
  });
}

if (bar) {
  document.addEventListener("change", (event) => event.target.matches("input.tick") && count());
  bar.addEventListener("submit", (event) => event.submitter?.name === "operation" && leaveOut());
  addEventListener("pageshow", count);
}
