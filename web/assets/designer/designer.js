// The diagram editor of one draft: canvas, side panel, saving, problems.
import Modeler from "bpmn-js/lib/Modeler";
import { CreateAppendAnythingModule } from "bpmn-js-create-append-anything";
import ZeebeBehaviors from "camunda-bpmn-js-behaviors/lib/camunda-cloud";
import minimap from "diagram-js-minimap";
import NativeCopyPaste from "bpmn-js-native-copy-paste";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "diagram-js-minimap/assets/diagram-js-minimap.css";
import "bpmn-js-color-picker/colors/color-picker.css";
import "./designer.css";
import words from "./chinese.json";
import { translation } from "./language.js";
import ColourPicker from "bpmn-js-color-picker";
import { comments } from "./comments.js";
import { expressions } from "./expressions.js";
import { onDiagram } from "./on_diagram.js";
import { opening } from "./opening.js";
import * as panel from "./panel.js";
import * as problems from "./problems.js";
import { saving } from "./saving.js";
import { replacing } from "./replacing.js";
import Searching from "./searching.js";
import { sheet } from "./sheet.js";
import { tabs } from "./tabs.js";
import Tooltips from "./tooltips.js";
import { undoing } from "./undoing.js";
import UserTasksFirst from "./user_tasks.js";
import { zooming } from "./zooming.js";

const place = document.querySelector("[data-designer]");
const modeler = new Modeler({
  container: place.querySelector("[data-canvas]"),
  additionalModules: [CreateAppendAnythingModule, ZeebeBehaviors, minimap, ColourPicker, NativeCopyPaste, UserTasksFirst, Searching, Tooltips, translation(words)],
  moddleExtensions: { zeebe },
});
const panelOf = place.querySelector("[data-panel]");
const current = panel.install(modeler, panelOf);
expressions(place, panelOf);
tabs(place, modeler, words);
const show = onDiagram(modeler);
const check = problems.install(place, show);
const begin = zooming(modeler, place);
sheet(modeler, place);
replacing(modeler, place);

const stack = modeler.get("commandStack");
modeler.on("commandStack.changed", undoing(place, () => stack));

const answer = await fetch(place.dataset.source);
try {
  const source = await answer.text();
  await modeler.importXML(source);
  begin();
  const shows = { source, show: (xml) => modeler.importXML(xml) };
  const draft = saving(place, async () => (await modeler.saveXML({ format: true })).xml, check.refresh, shows);
  modeler.on("commandStack.changed", () => draft.changed());
  opening(panelOf, current, draft);
  comments(modeler, place);
} catch (error) {
  place.querySelector("[data-canvas]").textContent = place.dataset.unreadable;
  console.warn(error);
}
await check.refresh();
const wanted = new URLSearchParams(location.search).get("element");
if (wanted) show.show(wanted);
place.dataset.readyAt = performance.now();
place.dataset.ready = "true";
