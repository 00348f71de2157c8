// Fields with more choices than are shown: what is typed is looked for on the server, and the field is redrawn.
const PAUSE_MS = 250;
const FOUND = "select[data-found]";
let timer;
let isWalking = false; // from choice to choice with the arrow keys, each of which is a change

const boxOf = (element) => element.parentElement.querySelector(".finder");
const search = (box) => box.querySelector("[data-finder]");
const find = (box) => box.isConnected && box.querySelector("button").click();

document.addEventListener("input", (event) => {
  if (!("finder" in event.target.dataset)) return;
  clearTimeout(timer);
  timer = setTimeout(find, PAUSE_MS, event.target.closest(".finder"));
});

document.addEventListener("keydown", (event) => {
  if (event.target.matches?.("[data-finder]")) typed(event);
  else if (event.target.matches?.(FOUND)) walked(event);
});

// Enter looks at once and does not send the form; the arrow goes down into what was found.
function typed(event) {
  const box = event.target.closest(".finder");
  if (event.key === "Enter") find(box);
  if (event.key === "ArrowDown") enter(box.parentElement);
  if (event.key === "Enter" || event.key === "ArrowDown") event.preventDefault();
}

function walked(event) {
  isWalking = event.key !== "Enter";
  if (isWalking) return;
  event.preventDefault(); // the form is not sent by it
  close(event.target);
}

function enter(field) {
  const list = field.querySelector("select, .choices input");
  list?.focus();
  if (!list?.matches(FOUND) || list.value || !list.length) return;
  isWalking = true;
  list.selectedIndex = 0;
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

// Once something is chosen, the list is the short one again.
function close(list) {
  const box = boxOf(list);
  if (!list.value || !search(box).value) return;
  search(box).value = "";
  find(box);
}

document.addEventListener("click", (event) => {
  const list = event.target.closest?.(FOUND);
  if (list) close(list);
});

document.addEventListener("change", (event) => {
  if (!isWalking && event.target.matches?.(FOUND)) close(event.target);
});

document.addEventListener("focusout", (event) => {
  if (!event.target.matches?.(FOUND)) return;
  isWalking = false;
  close(event.target);
});
