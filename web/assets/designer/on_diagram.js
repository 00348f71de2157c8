// How a diagram marks elements that have a problem, shows one, plays how it comes about and makes the change that cures it.
import * as mending from "./mending.js";
import * as playing from "./playing.js";

export function onDiagram(modeler) {
  const marked = new Map();
  mending.install(modeler);
  modeler.on("commandStack.changed", () => playing.clear(modeler));
  return {
    play: (trace) => playing.play(modeler, trace),
    mend: (change) => mending.mend(modeler, change),
    mark(marks) {
      const canvas = modeler.get("canvas");
      const known = modeler.get("elementRegistry");
      for (const [id, marker] of marked) if (known.get(id)) canvas.removeMarker(id, marker);
      marked.clear();
      for (const [id, marker] of marks) {
        if (!known.get(id)) continue;
        canvas.addMarker(id, marker);
        marked.set(id, marker);
      }
    },
    show(id) {
      const element = modeler.get("elementRegistry").get(id);
      if (!element) return;
      modeler.get("selection").select(element);
      modeler.get("canvas").scrollToElement(element, 80);
    },
  };
}
