// What was typed into a form whose sending failed (signed out meanwhile, server or network away, page too old), or whose page
// was left before its draft was saved, is filled in again when its page is opened again by the same person in the same tab.
import htmx from "htmx.org/dist/htmx.esm.js";
import { button } from "./sending.js";

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

function keep(form, how = {}) {
  if (form.querySelector("input[type=password]")) return;
  const pairs = [...new FormData(form)].filter(([name, value]) => !(value instanceof File) && name !== "csrf_token");
  sessionStorage.setItem(place(form), JSON.stringify({ owner, pairs, ...how }));
}

// The page goes before the server has answered: a page that is asked for at once may be drawn without what is under way.
export function leave(form) {
  keep(form, { failed: read(place(form))?.failed, save: form.dataset.autosave });
}

// The server has it: nothing stays here.
export function arrive(form) {
  sessionStorage.removeItem(place(form));
}

function read(key) {
  return JSON.parse(sessionStorage.getItem(key) ?? "null");
}

// Whether the page shows the form as it was when it was left, or as that page itself has saved it; else another has since.
function isContinued(form, pairs) {
  const { window: name, window_saw: saw = "", draft = "" } = Object.fromEntries(pairs);
  const { window_saw: shown, draft: key } = form.elements;
  return Boolean(shown) && (key?.value ?? "") === draft && (shown.value === saw || shown.value.startsWith(`${name}.`));
}

// What another page left is sent once more, with its own marks: the server takes it once, or says that it came too late.
async function deliver(key, { save, ...left }) {
  const headers = { "X-CSRFToken": document.querySelector("[name=csrf_token]").value, "X-Autosave": "1" };
  const answer = await fetch(save, { method: "POST", body: new URLSearchParams(left.pairs), headers }).catch(() => null);
  if (!answer || answer.status >= 500) return;
  if (left.failed && !answer.ok) sessionStorage.setItem(key, JSON.stringify(left));
  else sessionStorage.removeItem(key);
}

function kept() {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(KEY));
}

function fail(key) {
  sessionStorage.setItem(key, JSON.stringify({ ...read(key), failed: true }));
}

function take(form, pairs, name) {
  const [, value] = pairs.find(([each]) => each === name) ?? [];
  if (form.elements[name] && value !== undefined) form.elements[name].value = value;
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
  take(form, pairs, "once"); // sent again, it is done once
  const seen = form.querySelector("[data-as-shown]"); // what it was typed over: others may have changed that since
  if (seen && left.has(seen.name)) seen.value = left.get(seen.name)[0];
  form.closest("dialog")?.showModal();
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

if (document.querySelector("[data-trouble]")) kept().forEach(fail);
else if (document.querySelector(".problems, [aria-invalid=true], [data-started]")) {
  // refused: the page itself shows what was typed; or sent long since: the page is one to begin anew
  for (const form of forms) sessionStorage.removeItem(place(form));
} else {
  const isAnswered = arrived?.redirectCount > 0; // what is done leads on to another page
  for (const key of kept()) {
    const left = read(key);
    const form = forms.find((each) => place(each) === key);
    if (owner && left.owner !== owner) sessionStorage.removeItem(key);
    else if (left.save || left.failed) goOn(key, left, form);
    else {
      if (form || isAnswered) sessionStorage.removeItem(key);
      if (form && !isAnswered) fill(form, left.pairs);
    }
  }
}

// What was not saved stays until the server has it, however often the page is loaded again before. The window keeps its name.
async function goOn(key, left, form) {
  if (!form) return owner && left.save && deliver(key, left);
  const isSame = isContinued(form, left.pairs);
  if (isSame) take(form, left.pairs, "window");
  else if (form.dataset.autosave && isOther(form, left.pairs)) return offer(form, key, left);
  if (!form.dataset.autosave || !(isSame || left.failed)) sessionStorage.removeItem(key);
  if (!isSame && !left.failed) return;
  form.dataset.filling = "true";
  await null; // until those who listen to the form are there
  await fill(form, left.pairs);
  delete form.dataset.filling;
}

// Whether what was left says anything that does not stand in the form.
function isOther(form, pairs) {
  const here = new FormData(form);
  const then = new FormData();
  for (const [name, value] of pairs) then.append(name, value);
  return typed(form).some(({ name }) => then.has(name) && String(then.getAll(name)) !== String(here.getAll(name)));
}

// Another window has saved since: that stands in the form, and what was left here beside it, until somebody has chosen. The
// browser keeps the place of a page that is loaded again, so the offer stays in sight wherever that is.
function offer(form, key, left) {
  const notice = Object.assign(document.createElement("div"), { className: "flash warning kept-in-sight" });
  notice.setAttribute("role", "alert");
  const choose = (text, act) =>
    button(text, () => {
      sessionStorage.removeItem(key);
      notice.remove();
      act();
    });
  const { elsewhere, takeMine, takeTheirs } = form.dataset;
  notice.append(elsewhere, " ", choose(takeMine, () => fill(form, left.pairs)), " ", choose(takeTheirs, () => {}));
  form.prepend(notice);
}

for (const form of forms) {
  form.addEventListener("submit", () => keep(form));
  form.addEventListener("draft:failed", () => {
    leave(form);
    fail(place(form));
  });
}
