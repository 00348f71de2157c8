// A form whose sending failed (signed out meanwhile, server away, page too old) is filled in again when it is opened.
const KEY = "typed:";
const form = document.querySelector("form[data-autosave]");
const place = (of) => KEY + of.dataset.autosave.split("?")[0];

function keep() {
  const data = [...new FormData(form)].filter(([name, value]) => !(value instanceof File) && name !== "csrf_token");
  sessionStorage.setItem(place(form), JSON.stringify(data));
}

function fill(pairs) {
  for (const [name, value] of pairs) {
    for (const field of form.elements) {
      if (field.name !== name || field.type === "hidden" || field.type === "submit") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
      else if (!field.value) field.value = value;
    }
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

if (document.querySelector(".flash.success")) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEY)) sessionStorage.removeItem(key);
}

if (form) {
  const kept = sessionStorage.getItem(place(form));
  sessionStorage.removeItem(place(form));
  if (kept && !document.querySelector(".problems")) fill(JSON.parse(kept));
  form.addEventListener("submit", keep);
}
