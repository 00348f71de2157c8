// The editor of one decision file: its tables and requirements, the hit policy in words, trying, saving, problems.
import Modeler from "dmn-js/lib/Modeler";
import InputSelect from "dmn-js-shared/lib/components/InputSelect";
import { HIT_POLICIES } from "dmn-js-decision-table/lib/features/hit-policy/HitPolicies";
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn.css";
import "./designer.css";
import "./decisions.css";
import words from "./chinese_decisions.json";
import { sayTitles, sayTypes, translation, translator } from "./language.js";
import * as problems from "./problems.js";
import { saving } from "./saving.js";
import { sayTable } from "./sheet_words.js";
import { undoing } from "./undoing.js";

// The editor has one word for the type of any value and for rules that have to agree.
HIT_POLICIES.find(({ label }) => label === "Any").label = "Any (same result)";

// A type that was chosen is shown by its word; the list would show it as the file writes it.
const { render } = InputSelect.prototype;
InputSelect.prototype.render = function byItsWord() {
  const isChosen = this.props.options?.some(({ value }) => value && value === this.state.value);
  this.props = { ...this.props, noInput: this.props.noInput || isChosen };
  return render.call(this);
};

const place = document.querySelector("[data-decisions]");
const canvas = place.querySelector("[data-canvas]");
const spoken = { additionalModules: [translation(words)] };
const modeler = new Modeler({ container: canvas, drd: spoken, decisionTable: spoken, literalExpression: spoken, boxedExpression: spoken });
sayTitles(canvas, words);
sayTypes(canvas, translator(words));
const cells = (id) => canvas.querySelectorAll(`[data-element-id="${CSS.escape(id)}"], [data-row-id="${CSS.escape(id)}"]`);

const check = problems.install(place, {
  mark(marks) {
    for (const each of canvas.querySelectorAll(".has-error, .has-hint")) each.classList.remove("has-error", "has-hint");
    for (const [id, marker] of marks) for (const each of cells(id)) each.classList.add(marker);
  },
  async show(id) {
    const found = modeler.getViews().find(({ element }) => contains(element, id));
    if (found && found !== modeler.getActiveView()) await modeler.open(found);
    cells(id)[0]?.scrollIntoView({ block: "center", inline: "center" });
    cells(id)[0]?.click();
  },
});

function contains(element, id) {
  const logic = element.decisionLogic;
  const columns = [...(logic?.input ?? []), ...(logic?.output ?? [])];
  const inRules = (logic?.rule ?? []).flatMap((rule) => [rule, ...rule.inputEntry, ...rule.outputEntry]);
  return [element, logic, ...columns, ...inRules].some((each) => each?.id === id);
}

// One undo for whatever view is open; each change is kept.
const stack = () => modeler.getActiveViewer()?.get("commandStack", false);
const asked = new WeakSet();
let draft;
const tellUndo = undoing(place, stack);

function follow(viewer) {
  if (!viewer || asked.has(viewer)) return;
  asked.add(viewer);
  viewer.on("commandStack.changed", () => {
    tellUndo();
    tellPolicy();
    check.markAll();
    draft?.changed();
  });
}

// One step back of the view that is open; whether there was one.
function back() {
  const stack = modeler.getActiveViewer()?.get("commandStack");
  if (!stack?.canUndo()) return false;
  stack.undo();
  return true;
}

// Another text of the file, in the view of the decision that was open.
async function again(xml) {
  const { id } = modeler.getActiveView()?.element ?? {};
  await modeler.importXML(xml);
  const same = modeler.getViews().find(({ element }) => element.id === id);
  if (same) await modeler.open(same);
}

const says = {
  about: place.querySelector("[data-about]"),
  purpose: place.querySelector("[data-purpose]"),
  gives: () => place.querySelector("[data-policy]:not([hidden])")?.dataset.gives ?? "",
};
const tellTable = sayTable(canvas, says, () => modeler.getActiveView()?.element.decisionLogic);
const nav = place.querySelector("[data-views]");
function showViews() {
  const active = modeler.getActiveView();
  nav.replaceChildren(
    ...modeler.getViews().map((view) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button plain small" });
      button.textContent = view.type === "drd" ? place.dataset.requirements : view.element.name || view.element.id;
      if (view === active) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => modeler.open(view));
      return button;
    }),
  );
}

function tellPolicy() {
  const table = modeler.getActiveView()?.element.decisionLogic;
  const policy = table?.hitPolicy ?? "UNIQUE";
  for (const each of place.querySelectorAll("[data-policy]")) {
    each.hidden = !table?.input || each.dataset.policy !== policy || each.dataset.aggregation !== ((policy === "COLLECT" && table.aggregation) || "");
  }
}

// Trying asks the server about what is saved, so what is not is sent first.
const trying = place.querySelector("[data-trying]");
function offerTrying() {
  const view = modeler.getActiveView();
  if (view?.element.$type !== "dmn:Decision") return;
  for (const field of document.querySelectorAll("[data-decision-field]")) field.value = view.element.id;
  place.querySelector("[data-export]").href = `${place.dataset.rows}?decision=${encodeURIComponent(view.element.id)}`;
  trying.dispatchEvent(new CustomEvent("asked"));
}
trying.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await draft.now()) event.target.dispatchEvent(new CustomEvent("tried"));
});
new MutationObserver(() => {
  for (const each of canvas.querySelectorAll(".is-hit")) each.classList.remove("is-hit");
  for (const hit of trying.querySelectorAll("[data-hit]")) for (const cell of cellsOf(hit.dataset.hit)) cell.classList.add("is-hit");
}).observe(trying, { childList: true, subtree: true });

function cellsOf(rule) {
  const found = modeler.getActiveView()?.element.decisionLogic?.rule?.find((each) => each.id === rule);
  return found ? [...found.inputEntry, ...found.outputEntry].flatMap((each) => [...cells(each.id)]) : [];
}

modeler.on("views.changed", () => {
  follow(modeler.getActiveViewer());
  showViews();
  tellPolicy();
  tellTable();
  tellUndo();
  check.markAll();
  offerTrying();
});

const answer = await fetch(place.dataset.source);
try {
  const source = await answer.text();
  await modeler.importXML(source);
  const shows = { source, show: again, undo: back };
  draft = saving(place, async () => (await modeler.saveXML({ format: true })).xml, () => {
    check.refresh();
    offerTrying();
  }, shows);
  const wanted = new URLSearchParams(location.search).get("decision");
  const first = modeler.getViews().find(({ element }) => element.id === wanted) ?? modeler.getViews().find(({ type }) => type !== "drd");
  if (first) await modeler.open(first);
} catch (error) {
  canvas.textContent = place.dataset.unreadable;
  console.warn(error);
}
await check.refresh();
place.dataset.ready = "true";
