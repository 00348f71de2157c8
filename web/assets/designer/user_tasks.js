// The step that palette and context pad offer first is one that somebody does: BPMN's task without a kind would be passed at once.
const STEP = { type: "bpmn:UserTask" };
const ICON = "bpmn-icon-user-task";

export function UserTasksFirst(palette, contextPad, elementFactory, autoPlace, create) {
  const drawn = (event, source) => create.start(event, elementFactory.createShape(STEP), source && { source });
  palette.registerProvider(500, {
    getPaletteEntries: () => (entries) => {
      const first = entries["create.task"];
      const action = { click: (event) => drawn(event), dragstart: (event) => drawn(event) };
      return first ? { ...entries, "create.task": { ...first, className: ICON, action } } : entries;
    },
  });
  contextPad.registerProvider(500, {
    getContextPadEntries: () => (entries) => {
      const first = entries["append.append-task"];
      const action = { click: (_event, element) => autoPlace.append(element, elementFactory.createShape(STEP)), dragstart: drawn };
      return first ? { ...entries, "append.append-task": { ...first, className: ICON, action } } : entries;
    },
  });
}
UserTasksFirst.$inject = ["palette", "contextPad", "elementFactory", "autoPlace", "create"];

export default { __init__: ["userTasksFirst"], userTasksFirst: ["type", UserTasksFirst] };
