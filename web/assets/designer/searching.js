// The search of the diagram: finds elements by their names and by what is set on them, and tells kinds instead of ids.
import SearchPadModule from "diagram-js/lib/features/search-pad";
import { getLabel } from "bpmn-js/lib/util/LabelUtil";
import { kindOf } from "./bindings.js";
import { COLON } from "./language.js";

const AROUND = 24; // letters shown on each side of what was found in a setting
const READ = ["documentation", "extensionElements", "conditionExpression", "eventDefinitions", "script", "loopCharacteristics"];

function Searching(elementRegistry, canvas, searchPad) {
  searchPad.registerProvider({
    find(pattern) {
      const wanted = pattern.trim().toLowerCase();
      const roots = canvas.getRootElements();
      const known = elementRegistry.filter((each) => !each.labelTarget && !roots.includes(each));
      return known.map((element) => found(element, wanted)).filter(Boolean);
    },
  });
  // What an input method, speech or the mouse puts in comes without a key that is let go, for which both searches wait.
  document.addEventListener("input", ({ target }) => {
    if (target.closest(".djs-search-input, .djs-popup-search")) target.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
  });
}
Searching.$inject = ["elementRegistry", "canvas", "searchPad"];

function found(element, wanted) {
  const name = (getLabel(element) ?? "").replace(/\s+/g, " ");
  const inName = name.toLowerCase().includes(wanted);
  const setting = inName ? "" : textsOf(element.businessObject).find((each) => each.toLowerCase().includes(wanted));
  if (!inName && !setting) return null;
  const kind = { normal: wordOf(element) };
  return {
    element,
    primaryTokens: name ? tokens(name, wanted) : [],
    secondaryTokens: setting ? [{ normal: `${kind.normal}${COLON}` }, ...tokens(around(setting, wanted), wanted)] : [kind],
  };
}

function tokens(text, wanted) {
  const at = text.toLowerCase().indexOf(wanted);
  if (at < 0) return [{ normal: text }];
  const parts = [{ normal: text.slice(0, at) }, { matched: text.slice(at, at + wanted.length) }, { normal: text.slice(at + wanted.length) }];
  return parts.filter((each) => Object.values(each)[0]);
}

function around(text, wanted) {
  const at = text.toLowerCase().indexOf(wanted);
  const [from, to] = [Math.max(0, at - AROUND), at + wanted.length + AROUND];
  return `${from ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`;
}

// All texts that are set on an element: documentation, conditions, whom it names, its properties.
function textsOf(own, isWithin = false) {
  if (typeof own === "string") return isWithin ? [own] : [];
  if (Array.isArray(own)) return own.flatMap((each) => textsOf(each, isWithin));
  if (!own?.$type) return [];
  const names = isWithin ? own.$descriptor.properties.filter((each) => !each.isReference && !each.isId).map((each) => each.name) : READ;
  return names.flatMap((name) => textsOf(own.get(name), true));
}

function wordOf(element) {
  return document.querySelector(`template[data-panel-of="${kindOf(element)}"]`)?.content.querySelector("h2")?.textContent ?? "";
}

export default { __depends__: [SearchPadModule], __init__: ["bpmnSearch"], bpmnSearch: ["type", Searching] };
