// What a decision table says at first sight: what it decides, by what, and in words where a cell is no more than yes, no or any.
import { BESIDE, isChinese } from "./language.js";

const WORDS = isChinese ? { true: "是", false: "否", "-": "不限" } : { true: "yes", false: "no", "-": "any" };
const SHORT = new Set(["boolean", "number"]); // of such columns little is written in a cell

// `table` gives the table that is open, if one is; `about` is where its sentence stands, `purpose` what the page says of it on top,
// by the sentence of its hit policy (`gives`).
export function sayTable(canvas, { about, purpose, gives }, table) {
  function say() {
    const logic = table();
    about.hidden = purpose.hidden = !logic?.input;
    if (about.hidden) return;
    purpose.firstElementChild.textContent = gives().replace("{outputs}", quoted(logic.output));
    const columns = new Map([...logic.input, ...logic.output].map((each) => [each.id, each]));
    for (const place of canvas.querySelectorAll("[data-col-id]")) mark(place, columns.get(place.dataset.colId));
    tell(about, logic);
  }
  new MutationObserver(say).observe(canvas, { childList: true, subtree: true, characterData: true });
  return say;
}

function mark(place, column) {
  const type = column?.inputExpression ? column.inputExpression.typeRef : column?.typeRef;
  if (place.tagName === "TH") place.toggleAttribute("data-short", SHORT.has(type));
  else if (column) keep(place, said(place, type, Boolean(column.inputExpression)));
}

function said(place, type, asks) {
  const text = place.querySelector(".content-editable")?.textContent.trim();
  const [, plain] = /^"([^"\\]+)"$/.exec(text ?? "") ?? [];
  if (plain && !asks && type === "string") return plain;
  const isWord = text === "-" ? asks : type === "boolean";
  return isWord && Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
}

function keep(place, word) {
  if (place.dataset.said === word) return;
  if (word) place.dataset.said = word;
  else delete place.dataset.said;
}

const names = (outputs) => outputs.map((each) => each.label || each.name).filter(Boolean);
const quoted = (outputs) => names(outputs).map((each) => `“${each}”`).join(isChinese ? "" : ", ");

function tell(about, logic) {
  const inputs = logic.input.map((each) => each.label || each.inputExpression?.text).filter(Boolean);
  const outputs = names(logic.output);
  const [sentence, ground] = about.querySelectorAll("p");
  sentence.textContent = about.dataset.words.replace("{inputs}", inputs.join(BESIDE)).replace("{outputs}", outputs.join(BESIDE));
  ground.textContent = logic.$parent?.description ?? "";
}
