// Fields that take only so many characters: nothing typed or pasted is cut. How many stand there is told once they become
// many; with too many the field says so, and the form is not sent before some are taken out.
import { fill, words } from "./words.js";

const LIMITED = "textarea[maxlength], input[maxlength]:not([type=password])";
const TOLD_FROM = 0.8;
let last = 0;

function free(field) {
  if (!field?.matches?.(LIMITED)) return;
  field.dataset.most = field.getAttribute("maxlength");
  field.removeAttribute("maxlength"); // a browser cuts what is pasted, without a word
}

function tell(field) {
  const most = Number(field.dataset.most);
  const count = [...field.value].length;
  const over = count > most ? fill(words.over, { over: count - most, most }) : "";
  field.setCustomValidity(over);
  field.classList.toggle("is-over", Boolean(over));
  const counter = counterOf(field, count >= most * TOLD_FROM);
  if (!counter) return;
  counter.hidden = count < most * TOLD_FROM;
  counter.classList.toggle("field-error", Boolean(over));
  counter.textContent = over || fill(words.letters, { count, most });
}

function counterOf(field, isWanted) {
  const known = field.dataset.counter && document.getElementById(field.dataset.counter);
  if (known || !isWanted) return known;
  const counter = Object.assign(document.createElement("p"), { className: "field-hint letters", id: `letters-${(last += 1)}` });
  counter.setAttribute("role", "status");
  (field.closest(".adorned") ?? field).after(counter);
  field.dataset.counter = counter.id;
  return counter;
}

function tellAll() {
  for (const field of document.querySelectorAll(LIMITED)) {
    free(field);
    if (field.value) tell(field);
  }
}

document.addEventListener("focusin", (event) => free(event.target));
document.addEventListener("beforeinput", (event) => free(event.target), true);
document.addEventListener("input", (event) => {
  free(event.target);
  if (event.target.dataset?.most) tell(event.target);
});
document.addEventListener("htmx:after:swap", tellAll);
tellAll();
