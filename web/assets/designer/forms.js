// The editor of one form: form-js's editor with the components that a page here draws, and beside it the page's own form.
import { onlyDrawn, say } from "./form_words.js"; // first: it hears what the editor says
import { createFormEditor } from "@bpmn-io/form-js-editor";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "@bpmn-io/form-js-editor/dist/assets/form-js-editor.css";
import "@bpmn-io/form-js-editor/dist/assets/properties-panel.css";
import "./designer.css";
import "./forms.css";
import { newChoices } from "./new_choices.js";
import { preview } from "./preview.js";
import * as problems from "./problems.js";
import { saving } from "./saving.js";
import { undoing } from "./undoing.js";

const place = document.querySelector("[data-form-editor]");
const canvas = place.querySelector("[data-canvas]");

const answer = await fetch(place.dataset.source);
let editor;
const shown = preview(place.querySelector("[data-preview]"));
const fieldAt = (id) => canvas.querySelector(`.fjs-element[data-id="${CSS.escape(id)}"]`);
const check = problems.install(place, {
  mark(marks) {
    for (const each of canvas.querySelectorAll(".has-error, .has-hint")) each.classList.remove("has-error", "has-hint");
    for (const [id, marker] of marks) fieldAt(id)?.classList.add(marker);
  },
  show(id) {
    const field = editor.get("formFieldRegistry").get(id);
    if (!field) return;
    editor.get("selection").set(field);
    fieldAt(id)?.scrollIntoView({ block: "center" });
  },
});

let draft;

function back() {
  const stack = editor.get("commandStack");
  const can = stack.canUndo();
  if (can) stack.undo();
  return can;
}

function install() {
  const stack = editor.get("commandStack");
  const tellUndo = undoing(place, () => stack);
  editor.on("commandStack.changed", () => {
    tellUndo();
    draft.changed();
  });
  document.querySelector("[data-copy]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const chosen of event.target.querySelectorAll(":checked")) {
      add(JSON.parse(chosen.value));
      chosen.checked = false;
    }
    event.target.closest("dialog").close();
  });
}

// The name itself, or the first of name_2, name_3 … that nothing has.
function free(name, isTaken) {
  let [found, number] = [name, 1];
  while (isTaken(found)) found = `${name}_${(number += 1)}`;
  return found;
}

// A copy at the end of the form; its key stays unless this form has it already.
function add(component) {
  const root = editor.getSchema();
  const taken = new Set(JSON.stringify(root).match(/"(?:key|path)":"[^"]*"/g));
  const fresh = (raw) => {
    const { id: _id, ...rest } = raw;
    for (const name of ["key", "path"]) if (rest[name]) rest[name] = free(rest[name], (each) => taken.has(`"${name}":"${each}"`));
    return rest.components ? { ...rest, components: rest.components.map(fresh) } : rest;
  };
  const form = editor.get("formFieldRegistry").getAll().find((each) => each.type === "default");
  const made = fresh(component);
  const inner = made.components;
  delete made.components;
  const parent = editor.get("formFieldRegistry").get(form.id);
  const field = editor.get("modeling").addFormField({ ...made, ...(inner ? { components: [] } : {}) }, parent, parent.components.length);
  for (const [index, each] of (inner ?? []).entries()) editor.get("modeling").addFormField(each, field, index);
}

try {
  const source = await answer.text();
  const schema = JSON.parse(source);
  editor = await createFormEditor({ container: canvas, schema, additionalModules: [onlyDrawn(), newChoices(schema, say)] });
  draft = saving(place, async () => JSON.stringify(editor.getSchema(), null, 2), () => {
    check.refresh();
    shown.refresh();
  }, { source, show: (text) => editor.importSchema(JSON.parse(text)), undo: back });
  install();
} catch (error) {
  canvas.textContent = place.dataset.unreadable;
  console.warn(error);
}
await Promise.all([check.refresh(), shown.refresh()]);
place.dataset.ready = "true";
