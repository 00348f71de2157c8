// What was typed into a form whose sending failed (signed out meanwhile, server or network away, page too old) is filled in
// again when its page is opened again by the same person in the same tab.
import htmx from "htmx.org/dist/htmx.esm.js";

const KEY = "typed:";
const HIDDEN = ["hidden", "submit", "button", "reset", "file", "password", "search"];
const owner = document.body.dataset.owner;
const forms = owner ? [...document.querySelectorAll("main form[method=post]:not([data-passing])")].filter((form) => typed(form).length) : [];
const arrived = performance.getEntriesByType("navigation")[0];

function typed(form) {
  return [...form.elements].filter((field) => field.name && "value" in field && !HIDDEN.includes(field.type));
}

function place(form) {
  return KEY + new URL(form.getAttribute("action") ?? location.href, location.href).pathname;
}

function keep(form) {
  if (form.querySelector("input[type=password]")) return;
  const pairs = [...new FormData(form)].filter(([name, value]) => !(value instanceof File) && name !== "csrf_token");
  sessionStorage.setItem(place(form), JSON.stringify({ owner, pairs }));
}

function kept() {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(KEY));
}

function fail(key) {
  sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(key)), failed: true }));
}

// The fields as they were: the server draws what depends on them (rows of lists, files), then each gets its value.
async function fill(form, pairs) {
  const live = form.querySelector("[data-live]");
  if (live) {
    const headers = { "X-CSRFToken": form.elements.csrf_token.value, "HX-Request": "true" };
    const answer = await fetch(live.dataset.live, { method: "POST", body: new URLSearchParams(pairs), headers }).catch(() => null);
    if (answer?.status === 200) await htmx.swap({ target: live, sourceElement: live, text: await answer.text(), swap: "outerMorph" });
  }
  const left = new Map();
  for (const [name, value] of pairs) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of typed(form)) {
    const values = left.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.multiple) for (const option of field.options) option.selected = values.includes(option.value);
    else if (values.length) field.value = values.shift();
  }
  const mark = form.elements.once;
  if (mark && left.has("once")) mark.value = left.get("once")[0]; // sent again, it is done once
  const seen = form.querySelector("[data-as-shown]"); // what it was typed over: others may have changed that since
  if (seen && left.has(seen.name)) seen.value = left.get(seen.name)[0];
  form.closest("dialog")?.showModal();
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

if (document.querySelector("[data-trouble]")) kept().forEach(fail);
else if (document.querySelector(".problems, [aria-invalid=true]")) {
  for (const form of forms) sessionStorage.removeItem(place(form)); // refused: the page itself shows what was typed
} else {
  const isAnswered = arrived?.redirectCount > 0; // what is done leads on to another page
  for (const key of kept()) {
    const { owner: writer, pairs, failed } = JSON.parse(sessionStorage.getItem(key));
    const form = forms.find((each) => place(each) === key);
    if (form || (isAnswered && !failed)) sessionStorage.removeItem(key);
    if (form && writer === owner && (failed || !isAnswered)) fill(form, pairs);
  }
}

for (const form of forms) {
  form.addEventListener("submit", () => keep(form));
  form.addEventListener("draft:failed", () => {
    keep(form);
    fail(place(form));
  });
}
