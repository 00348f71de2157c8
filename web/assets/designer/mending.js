// The proposed change of a problem, done on the canvas as one command: one undo takes all of it back.

const GAP = 100;

class Mending {
  preExecute({ change }) {
    change();
  }
}

// Makes the command known; before anything is drawn.
export function install(modeler) {
  modeler.get("commandStack").registerHandler("mend", Mending);
}

export function mend(modeler, proposed) {
  modeler.get("commandStack").execute("mend", { change: () => mended(modeler, proposed) });
}

function mended(modeler, { element: id, type, isNew }) {
  if (type === "process") return executable(modeler, id);
  const element = modeler.get("elementRegistry").get(id);
  if (!element) return;
  const kind = `bpmn:${type[0].toUpperCase()}${type.slice(1)}`;
  modeler.get("selection").select(isNew ? joined(modeler, element, kind) : changed(modeler, element, kind));
}

// A process is the canvas itself, or stands behind its pool.
function executable(modeler, id) {
  const processOf = ({ businessObject }) => businessObject.processRef ?? businessObject;
  const element = modeler.get("elementRegistry").find((each) => each.businessObject && processOf(each).id === id);
  if (element) modeler.get("modeling").updateModdleProperties(element, processOf(element), { isExecutable: true });
}

function changed(modeler, element, type) {
  const { id } = element;
  const made = modeler.get("bpmnReplace").replaceElement(element, { type });
  modeler.get("modeling").updateProperties(made, { id });
  return made;
}

// A gateway before the element, to which everything leads that led to the element.
function joined(modeler, element, type) {
  const modeling = modeler.get("modeling");
  const incoming = element.incoming.filter((flow) => flow.type === "bpmn:SequenceFlow");
  const place = { x: element.x + GAP / 4, y: element.y + element.height / 2 };
  moveRight(modeler, element.x - 1);
  const gateway = modeling.createShape({ type }, place, element.parent);
  for (const flow of incoming) modeling.reconnectEnd(flow, gateway, place);
  modeling.connect(gateway, element);
  return gateway;
}

function moveRight(modeler, from) {
  const space = modeler.get("spaceTool");
  const shapes = modeler.get("elementRegistry").filter((each) => each.parent && !each.waypoints && each.type !== "label");
  const { movingShapes, resizingShapes } = space.calculateAdjustments(shapes, "x", GAP, from);
  space.makeSpace(movingShapes, resizingShapes, { x: GAP, y: 0 }, "e", from);
}
