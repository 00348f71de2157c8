// The live form: after a change the server redraws the fields. One request at a time, each with what stands in the
// form when its turn comes, so that a row just added or a file just chosen is not lost to an older answer.
import htmx from "htmx.org/dist/htmx.esm.js";

const DELAY_MS = 100;
const VERBS = ["add", "remove", "find"].map((verb) => `[data-live] button[name$='#${verb}']`).join();
const wanted = [];
let timer;
let isRunning = false;
let uploads = 0;
let uploadsBegun = 0;

const fields = () => document.querySelector("[data-live]");

document.addEventListener("change", (event) => {
  if (!["file", "search"].includes(event.target.type) && event.target.closest("[data-alive]")) soon();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest(VERBS);
  if (!button) return;
  event.preventDefault();
  want({ name: button.name, value: button.value });
});

// Uploads tell when they begin and end: the form waits for them, and counts what they have added.
document.addEventListener("upload:begin", () => {
  uploads += 1;
  uploadsBegun += 1;
});

document.addEventListener("upload:end", (event) => {
  uploads -= 1;
  if (event.target.closest?.("[data-alive]")) soon();
  if (!uploads) run();
});

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => want(null), DELAY_MS);
}

function want(verb) {
  if (verb || !wanted.length) wanted.push(verb);
  run();
}

async function run() {
  if (isRunning || uploads) return;
  isRunning = true;
  while (wanted.length && !uploads && fields()) await redraw(wanted.shift());
  isRunning = false;
}

async function redraw(verb) {
  const here = fields();
  const form = here.closest("form");
  if (form.dataset.sent) return;
  const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => !(value instanceof File)));
  const sent = chosen(form);
  if (verb) body.append(verb.name, verb.value);
  const before = uploadsBegun;
  const headers = { "X-CSRFToken": form.elements.csrf_token.value, "HX-Request": "true" };
  here.inert = Boolean(verb?.name.endsWith("#remove")); // what is typed meanwhile would stand in the row that moves up
  const answer = await fetch(here.dataset.live, { method: "POST", body, headers }).catch(() => null);
  here.inert = false;
  if (answer?.status !== 200) return;
  const text = await answer.text();
  if (uploadsBegun > before) wanted.unshift(verb);
  else await swap(here, text, sent);
}

// The server knows nothing of a file that it refused: why stays under its field until other files are chosen there.
async function swap(here, text, sent) {
  const form = here.closest("form");
  const now = chosen(form);
  const refused = [...here.querySelectorAll("[data-picker] .field-error")].map((line) => [pickerOf(line).dataset.field, line]);
  await htmx.swap({ target: here, sourceElement: here, text, swap: "outerMorph" });
  for (const box of form.querySelectorAll(CHOICES)) settle(box, now.get(box.name) === sent.get(box.name) ? null : now.get(box.name));
  for (const [field, line] of refused) {
    const picker = fields()?.querySelector(`[data-picker] input[type=file][data-field="${CSS.escape(field)}"]`);
    picker?.closest("[data-picker]").querySelector("[data-files]").append(line);
  }
}

// The morph moves options and rows and leaves the choice made by hand at its old place: what is chosen is what the answer
// says, unless it was chosen anew while the answer was on its way.
const CHOICES = "[data-live] :is(select, input[type=radio], input[type=checkbox])";

function chosen(form) {
  const data = new FormData(form);
  return new Map([...form.querySelectorAll(CHOICES)].map(({ name }) => [name, JSON.stringify(data.getAll(name))]));
}

function settle(box, anew) {
  const values = anew && JSON.parse(anew);
  if (box.type === "radio" || box.type === "checkbox") box.checked = values ? values.includes(box.value) : box.defaultChecked;
  else for (const option of box.options) option.selected = values ? values.includes(option.value) : option.defaultSelected;
}

const pickerOf = (line) => line.closest("[data-picker]").querySelector("input[type=file]");
