// The side panel: the page's fields for the kind of element that is selected, filled from the diagram and written back.
import { conditionRows } from "./conditions.js";
import { labelOpeners } from "./opening.js";
import { bindings, kindOf, outcomesBefore, resultBefore } from "./bindings.js";
import { meant, proposeNext, said } from "./naming.js";
import { parts } from "./parts.js";

const LABELS = JSON.parse(document.querySelector("[data-outcomes]").dataset.outcomes);

export function install(modeler, place) {
  let current = null;
  const fillRows = conditionRows(place, () => current, () => [resultBefore(current.drawn), outcomesBefore(current.drawn, LABELS)]);
  const fillParts = parts(place, () => current);

  function show(elements) {
    const [element] = elements.length ? elements : [modeler.get("canvas").getRootElement()];
    const kind = elements.length > 1 ? "several" : kindOf(element);
    current = elements.length > 1 ? null : bindings(modeler, element);
    const template = document.querySelector(`template[data-panel-of="${kind}"]`);
    place.replaceChildren(template.content.cloneNode(true));
    if (current) fill();
  }

  function fill() {
    for (const field of place.querySelectorAll("[data-place]")) {
      const value = current.read(field.dataset.place);
      if (field.dataset.place === "condition:outcome") offer(field, outcomesBefore(current.drawn, LABELS));
      if (field.type === "checkbox") field.checked = value === "true";
      else if (document.activeElement !== field) set(field, said(field, value));
    }
    fillParts();
    labelOpeners(place, current.read);
    fillRows(current.read("condition"));
  }

  place.addEventListener("change", ({ target }) => {
    if (!target.dataset.place || !current) return;
    current.write(target.dataset.place, target.type === "checkbox" ? (target.checked ? "true" : "") : meant(target));
  });
  for (const kind of ["focusin", "input"]) place.addEventListener(kind, ({ target }) => target.dataset.place && proposeNext(target));
  modeler.on("selection.changed", ({ newSelection }) => show(newSelection));
  modeler.on("commandStack.changed", () => current && fill());
  modeler.on("import.done", () => show([]));
  return () => current;
}

function offer(field, outcomes) {
  const known = outcomes.map(([value, label]) => Object.assign(document.createElement("option"), { value, textContent: label }));
  field.replaceChildren(field.options[0], ...known);
}

// A value that no option has is kept as one, so that nothing that is written in the file is lost by looking at it.
function set(field, value) {
  if (field.tagName === "SELECT" && value && ![...field.options].some((each) => each.value === value)) {
    field.append(Object.assign(document.createElement("option"), { value, textContent: value }));
  }
  field.value = value;
}
