// Form fields that need a hand: files are sent as soon as they are chosen, and listed under the field.
import { tooLarge } from "./file_sizes.js";
import { words } from "./words.js";

document.addEventListener("change", (event) => {
  const input = event.target.closest("[data-picker] input[type=file]");
  if (input?.files.length) sendAll(input);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove-file]");
  if (!button) return;
  const picker = button.closest("[data-picker]");
  button.closest("li").remove();
  picker.dispatchEvent(new Event("change", { bubbles: true }));
});

async function sendAll(input) {
  const list = input.closest("[data-picker]").querySelector("[data-files]");
  tell(input, "upload:begin");
  for (const line of list.querySelectorAll(input.multiple ? ".field-error" : "li")) line.remove();
  for (const file of [...input.files]) await send(input, file, list);
  input.value = "";
  tell(input, "upload:end");
  tell(input.form, "input"); // the draft is saved with the files in it
}

const tell = (element, what) => element.dispatchEvent(new Event(what, { bubbles: true }));

async function send(input, file, list) {
  const form = input.form;
  const refused = tooLarge([file]) || standsIn(list, file);
  file = refused ? file : renamed(list, file);
  const line = list.appendChild(document.createElement("li"));
  Object.assign(line.dataset, { name: file.name, chosen: file.chosen ?? file.name, size: file.size });
  if (refused) return refuse(line, file, { detail: refused }, form);
  line.textContent = `${file.name} …`;
  const body = new FormData();
  body.append("field", input.dataset.field);
  body.append("file", file);
  for (const chosen of list.querySelectorAll("input[type=hidden]")) body.append("beside", chosen.value);
  const answer = await fetch(input.dataset.upload ?? form.dataset.files, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" },
  }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (answer?.ok) show(line, input, told);
  else refuse(line, file, told, form);
}

// The same file chosen twice is told: it would count as two.
function standsIn(list, file) {
  const isThere = (line) => line.dataset.chosen === file.name && Number(line.dataset.size) === file.size;
  return [...list.querySelectorAll("li:not(.field-error)")].some(isThere) ? words.twice : "";
}

// Another file of the same name gets a number: telephones call every photograph image.jpg.
function renamed(list, file) {
  const names = [...list.querySelectorAll("li")].map((line) => line.dataset.name);
  const [, stem, ending] = file.name.match(/^(.*?)(\.[^.]*)?$/);
  let name = file.name;
  for (let number = 2; names.includes(name); number += 1) name = `${stem} (${number})${ending ?? ""}`;
  return name === file.name ? file : Object.assign(new File([file], name, { type: file.type }), { chosen: file.name });
}

function show(line, input, file) {
  const key = Object.assign(document.createElement("input"), { type: "hidden", name: input.dataset.field, value: file.key });
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "×" });
  remove.dataset.removeFile = "";
  remove.ariaLabel = file.name;
  line.replaceChildren(key, document.createTextNode(`${file.name} `), remove);
}

function refuse(line, file, told, form) {
  line.className = "field-error";
  line.textContent = `${line.dataset.chosen ?? file.name}: ${told?.detail ?? form.dataset.filesFailed ?? "✗"}`;
}

// Enter goes on to the next field, as in a table: what is filled in is sent by its button alone. An input method's own Enter takes a word.
const PRESSED = ["search", "file", "submit", "button", "image", "reset"];

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  if (!field.matches("#form-fields input") || PRESSED.includes(field.type)) return;
  event.preventDefault();
  const others = [...field.form.querySelectorAll("input, select, textarea")].filter((each) => each === field || isOpen(each));
  others.slice(others.indexOf(field) + 1).find((each) => each.name !== field.name || each.type !== "radio")?.focus();
});

function isOpen(field) {
  return field.type !== "hidden" && !field.disabled && !field.readOnly && field.checkVisibility();
}
