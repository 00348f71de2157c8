// Whom to mention while a remark is typed: behind an @ a short list opens, walked by the arrows, taken by Enter, Tab or a touch.
const PAUSE_MS = 200;
const BEHIND_AT = /(?:^|[^A-Za-z0-9._+-])[@＠]([^\s@＠]{1,20})$/;
let timer;
let asked = 0; // only the answer to the last question is shown
let isWalking = false; // by the arrows, since something was typed: an answer that comes meanwhile leaves whom they came to

const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const typed = (field) => BEHIND_AT.exec(field.value.slice(0, field.selectionStart))?.[1];
const options = (list) => [...list.querySelectorAll("[role=option]:not([aria-disabled])")]; // who has to keep out is shown only
const mentions = (element) => element.closest?.("textarea[data-mentions]");

document.addEventListener("input", (event) => {
  const field = mentions(event.target);
  if (!field || event.isComposing) return;
  clearTimeout(timer);
  asked += 1;
  isWalking = false;
  if (typed(field)) timer = setTimeout(look, PAUSE_MS, field, asked);
  else close(field);
});

async function look(field, number) {
  const address = new URL(field.dataset.mentions, location.href);
  address.searchParams.set("text", typed(field) ?? "");
  const answer = await fetch(address).catch(() => null);
  if (number !== asked || !answer?.ok) return;
  const list = listOf(field), found = await answer.text();
  const chosen = isWalking && list.querySelector("[aria-selected=true]")?.dataset.write;
  list.innerHTML = found;
  list.hidden = !list.children.length;
  choose(field, options(list).find((each) => each.dataset.write === chosen) ?? options(list)[0]);
}

function choose(field, option) {
  for (const each of listOf(field).children) each.setAttribute("aria-selected", String(each === option));
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function close(field) {
  listOf(field).hidden = true;
  choose(field, null);
}

function take(field, option) {
  const at = field.selectionStart - typed(field).length;
  field.setRangeText(`${option.dataset.write} `, at, field.selectionStart, "end");
  close(field);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

document.addEventListener("keydown", (event) => {
  const field = mentions(event.target);
  const list = field && listOf(field);
  if (!list || list.hidden || event.isComposing || event.ctrlKey || event.metaKey) return;
  const all = options(list), here = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
  if (event.key !== "Escape" && !all.length) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    isWalking = true;
    choose(field, all[(here + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
  } else if ((event.key === "Enter" || event.key === "Tab") && typed(field)) take(field, all[here]);
  else if (event.key === "Escape") close(field);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("pointerdown", (event) => {
  if (event.target.closest?.(".mentions")) event.preventDefault(); // the field keeps the keyboard
});

document.addEventListener("click", (event) => {
  const option = event.target.closest?.(".mentions > [role=option]:not([aria-disabled])");
  if (option) take(document.querySelector(`textarea[aria-controls="${option.parentElement.id}"]`), option);
});

document.addEventListener("focusout", (event) => {
  const field = mentions(event.target);
  if (field) close(field);
});
