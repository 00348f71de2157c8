// Completing and checking FEEL in plain fields: whatever begins with "=", and fields marked data-feel.
// Ctrl-Space or typing opens the list, arrows choose, Enter or Tab takes what is chosen, Esc closes; focus never leaves
// the field, and a list that opened by itself chooses nothing, so that Enter and Tab stay what they are.
import { headers } from "./headers.js";

const QUIET_MS = 350;
const MOST = 40;
const WORDS = /[\p{L}_][\p{L}\p{N}_.]*(?: [\p{L}\p{N}_]+)*$/u;
const LAST_WORD = /[\p{L}_][\p{L}\p{N}_.]*$/u;
let names;
let count = 0;

// `place` tells its address in data-expressions; `root` is where the fields stand, now and later.
export function expressions(place, root) {
  const address = place.dataset.expressions;
  const load = () => (names ??= fetch(address).then((answer) => (answer.ok ? answer.json() : []), () => []));
  let open = null;
  let timer;

  async function offer(field, isAsked) {
    const all = await load();
    if (document.activeElement !== field) return;
    const { found } = matching(all, field);
    const isWhole = found.length === 1 && field.value.slice(0, field.selectionStart).endsWith(found[0].name);
    if (!found.length || (!isAsked && (isWhole || !typed(field)))) close();
    else show(field, found, isAsked);
  }

  function show(field, found, isAsked) {
    close();
    const list = Object.assign(document.createElement("ul"), { className: "expression-names", id: `expression-names-${++count}` });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", place.dataset.expressionNames);
    list.append(...found.map((each, at) => option(each, `${list.id}-${at}`)));
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const chosen = event.target.closest("[role=option]");
      if (chosen) take(field, found[[...list.children].indexOf(chosen)]);
    });
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-autocomplete", "list");
    list.style.top = `${field.offsetTop + field.offsetHeight}px`;
    open = { field, list, found, at: -1 };
    if (isAsked) move(1);
    else list.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    const { list, field } = open;
    list.children[open.at]?.removeAttribute("aria-selected");
    open.at = (Math.max(open.at, by < 0 ? 0 : -1) + by + list.children.length) % list.children.length;
    const chosen = list.children[open.at];
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", chosen.id);
  }

  function close() {
    if (!open) return;
    open.list.remove();
    open.field.removeAttribute("aria-activedescendant");
    open.field.removeAttribute("aria-controls");
    open = null;
  }

  async function take(field, { name, kind, call }) {
    const { from } = matching(await load(), field);
    const isCall = kind === "function";
    field.setRangeText(isCall ? `${name}()` : name, from, field.selectionStart, "end");
    if (isCall && !call.endsWith("()")) field.setSelectionRange(field.selectionStart - 1, field.selectionStart - 1);
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function check(field) {
    const text = field.value;
    const body = new URLSearchParams({ text });
    const isMeant = feel(field) && text.replace(/^\s*=/, "").trim();
    const send = { method: "POST", body, headers: { ...headers(), "Content-Type": "application/x-www-form-urlencoded" } };
    const answer = isMeant ? await fetch(address, send).catch(() => null) : null;
    if (isMeant && !answer?.ok) return;
    const told = answer ? (await answer.json()).problems : [];
    if (field.value === text && field.isConnected) tell(field, told);
  }

  root.addEventListener("input", ({ target: field }) => {
    if (!feel(field)) return;
    offer(field, false);
    clearTimeout(timer);
    timer = setTimeout(check, QUIET_MS, field);
  });
  root.addEventListener("keydown", (event) => {
    const { key, ctrlKey, target: field } = event;
    if (ctrlKey && (key === " " || event.code === "Space") && feel(field)) offer(field, true);
    else if (!open || open.field !== field) return;
    else if (key === "ArrowDown") move(1);
    else if (key === "ArrowUp") move(-1);
    else if ((key === "Enter" || key === "Tab") && open.at >= 0) take(field, open.found[open.at]);
    else if (key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  root.addEventListener("focusout", close);
  root.addEventListener("change", ({ target }) => check(target));
}

function feel(field) {
  if (!field.matches?.("input:not([type=checkbox]), textarea")) return false;
  return field.dataset.feel !== undefined || /^\s*=/.test(field.value);
}

function typed(field) {
  return LAST_WORD.test(field.value.slice(0, field.selectionStart));
}

// The names that go on from what stands before the cursor, and where that begins. Names may have spaces, so the longest
// row of words that begins one counts: of "if working d" that is "working d".
function matching(all, field) {
  const before = field.value.slice(0, field.selectionStart);
  if (!LAST_WORD.test(before)) return { found: all.slice(0, MOST), from: before.length };
  for (let words = WORDS.exec(before)[0]; words; words = words.includes(" ") ? words.slice(words.indexOf(" ") + 1) : "") {
    const found = all.filter(({ name, says, kind }) => begins(name, words) || (kind === "variable" && begins(says, words)));
    if (found.length) return { found: found.slice(0, MOST), from: before.length - words.length };
  }
  return { found: [], from: before.length };
}

const begins = (text, word) => text.toLowerCase().startsWith(word.toLowerCase());

function option({ call, says }, id) {
  const item = Object.assign(document.createElement("li"), { id });
  item.setAttribute("role", "option");
  item.append(Object.assign(document.createElement("code"), { textContent: call }), Object.assign(document.createElement("span"), { textContent: says }));
  return item;
}

function tell(field, told) {
  const box = field.closest(".field, [data-row], td") ?? field.parentElement;
  box.querySelector("[data-told]")?.remove();
  if (told.length) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  if (!told.length) return;
  const note = Object.assign(document.createElement("p"), { className: "field-error", textContent: told.join(" ") });
  note.dataset.told = "";
  note.setAttribute("role", "status");
  box.append(note);
}
