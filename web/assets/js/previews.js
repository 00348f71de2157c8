// Beside a list, on a wide screen: what the row under the cursor or the keys asks.
const pane = document.querySelector("[data-preview-pane]");
const wide = matchMedia("(min-width: 75rem)");
const WAIT_MS = 120;
const kept = new Map();
let timer;
let shown;

async function show(row) {
  const address = `${row.querySelector("a.step").pathname}/preview`;
  if (!wide.matches || address === shown) return;
  shown = address;
  const text = kept.get(address) ?? (await load(address));
  if (shown !== address) return;
  // No row is marked before the pane shows what it asks.
  for (const other of document.querySelectorAll(".is-shown")) other.classList.remove("is-shown");
  row.classList.add("is-shown");
  if (text) pane.innerHTML = text;
}

async function load(address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok || answer.redirected || answer.status === 204) return "";
  const text = await answer.text();
  kept.set(address, text);
  return text;
}

function soon(event) {
  const row = event.target.closest?.("[data-row]");
  if (!row) return;
  clearTimeout(timer);
  timer = setTimeout(show, WAIT_MS, row);
}

if (pane) {
  document.addEventListener("focusin", soon);
  document.addEventListener("keydown", (event) => {
    const row = event.key === " " && document.activeElement?.closest("[data-row]");
    if (!row || event.target.closest("button, input, select")) return;
    event.preventDefault();
    show(row);
  });
  const first = document.querySelector("[data-row]");
  if (first) show(first);
}
