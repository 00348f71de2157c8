// The bpmn.io panel for everything that our own panel does not ask: fetched when its tab is opened for the first time.
// It works on the same command stack as the canvas and our panel, so that one undo is for all.
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from "bpmn-js-properties-panel";
import "@bpmn-io/properties-panel/dist/assets/properties-panel.css";
import "./advanced.css";
import { sayTitles } from "./language.js";
import chinese from "./chinese_advanced.json";

// Runs several commands as one, so that one undo takes them back. The panel registers its own only before a diagram is shown.
class Several {
  constructor(commandStack) {
    this.stack = commandStack;
  }

  preExecute(commands) {
    for (const { cmd, context } of commands) this.stack.execute(cmd, context);
  }
}
Several.$inject = ["commandStack"];

export async function install(modeler, place, words) {
  Object.assign(words, chinese);
  const modules = [BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule];
  const injector = modeler.get("injector").createChild(modules);
  injector.init();
  modeler.get("commandStack").registerHandler("properties-panel.multi-command-executor", Several);
  const panel = injector.get("propertiesPanel");
  sayTitles(place, words);
  panel.attachTo(place);
  panel._render(modeler.get("canvas").getRootElement());
  await new Promise((next) => setTimeout(next, 50)); // it listens to the selection only once it is drawn
  const selection = modeler.get("selection");
  const chosen = selection.get();
  selection.select([]);
  selection.select(chosen);
}
