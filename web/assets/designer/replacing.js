// A step that becomes one of another kind keeps what that kind can have. What it cannot have goes, as nothing would obey it
// and publishing would be refused, and is told; one undo brings step and settings back.
import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";
import { BESIDE } from "./language.js";

const nameOf = (type) => type[0].toLowerCase() + type.slice(1);
const valuesOf = (own) => own.extensionElements?.values ?? [];
const propertiesOf = (own) => valuesOf(own).find((each) => each.$type === "zeebe:Properties")?.properties ?? [];
const saysSomething = (each) => each.$type !== "zeebe:Properties" && Object.keys(each).some((name) => !name.startsWith("$"));

export function replacing(modeler, place) {
  const { at, ofWork, labels, lost } = JSON.parse(place.dataset.settingsOf);
  const told = place.querySelector("[data-told]");
  const factory = modeler.get("bpmnFactory");
  const isDeclared = (name) => name in labels;
  const isWork = (own) => own.$type === "bpmn:UserTask" || valuesOf(own).some((each) => each.$type === "zeebe:TaskDefinition");
  const settingsAt = (own) => [...(isWork(own) ? ofWork : []), ...(at[nameOf(own.$type.split(":")[1])] ?? [])];
  const fits = (own, { name }) => !isDeclared(name) || settingsAt(own).includes(name);

  function keepWhatFits(shape, own) {
    const kept = propertiesOf(own).filter((each) => fits(own, each));
    if (kept.length === propertiesOf(own).length) return;
    const holder = factory.create("bpmn:ExtensionElements", { values: [] });
    holder.$parent = own;
    const properties = factory.create("zeebe:Properties", { properties: kept });
    const others = valuesOf(own).filter((each) => each.$type !== "zeebe:Properties");
    holder.values = kept.length ? [...others, Object.assign(properties, { $parent: holder })] : others;
    modeler.get("modeling").updateProperties(shape, { extensionElements: holder.values.length ? holder : undefined });
  }

  let fresh = false;
  modeler.on("commandStack.shape.replace.postExecuted", 100, ({ context }) => {
    const [before, own] = [getBusinessObject(context.oldShape), getBusinessObject(context.newShape)];
    keepWhatFits(context.newShape, own);
    const names = propertiesOf(own).map((each) => each.name);
    const kinds = valuesOf(own).map((each) => each.$type);
    const gone = [
      ...valuesOf(before).filter((each) => saysSomething(each) && !kinds.includes(each.$type)).map((each) => each.$type),
      ...propertiesOf(before).map((each) => each.name).filter((each) => !names.includes(each)),
    ];
    const words = [...new Set(gone.map((each) => labels[each]).filter(Boolean))];
    told.textContent = words.length ? lost.replace("{names}", words.join(BESIDE)) : "";
    fresh = true;
  });
  modeler.on("commandStack.changed", () => {
    if (!fresh) told.textContent = "";
    fresh = false;
  });
}
