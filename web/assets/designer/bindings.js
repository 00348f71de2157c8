// Where the values of the side panel live in the diagram: read from its model, written as one command that undo takes back.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

const CONDITION_OF_OUTCOME = /^=\s*(\w+)\s*=\s*"([^"]*)"\s*$/;

// The kind of an element, as the panels of the page are named.
export function kindOf(element) {
  const own = getBusinessObject(element);
  if (is(element, "bpmn:Process") || is(element, "bpmn:Participant") || is(element, "bpmn:Collaboration")) return "process";
  if (is(element, "bpmn:Lane")) return "lane";
  if (is(element, "bpmn:UserTask")) return "userTask";
  if (is(element, "bpmn:BusinessRuleTask") && !extension(own, "zeebe:TaskDefinition")) return "decisionTask";
  for (const type of ["ServiceTask", "SendTask", "ScriptTask", "BusinessRuleTask"]) if (is(element, `bpmn:${type}`)) return "serviceTask";
  if (is(element, "bpmn:CallActivity")) return "callActivity";
  const event = own.eventDefinitions?.[0];
  if (event?.$type === "bpmn:TimerEventDefinition") return "timerEvent";
  if (event?.$type === "bpmn:MessageEventDefinition") return "messageEvent";
  if (is(element, "bpmn:StartEvent") && !event) return "startEvent";
  if (is(element, "bpmn:EndEvent") && !event) return "endEvent";
  if (is(element, "bpmn:SequenceFlow") && is(own.sourceRef, "bpmn:Gateway")) return "conditionalFlow";
  return "other";
}

// Reads and writes fields of one element; `place` is what the page says of a field (web/designer/wording/panel.py).
export function bindings(modeler, element) {
  element = poolOf(modeler, element) ?? element;
  const own = target(element);
  const pool = is(element, "bpmn:Participant") ? getBusinessObject(element) : null;
  const drawn = element.labelTarget ?? element;
  const modeling = modeler.get("modeling");
  const factory = modeler.get("bpmnFactory");
  const make = (type, values, parent) => Object.assign(factory.create(type, values), { $parent: parent });

  function writeExtension(type, change) {
    const old = extension(own, type);
    const holder = make("bpmn:ExtensionElements", { values: [] }, own);
    const fresh = change(old ? copyOf(old) : make(type, {}, holder));
    const others = (own.extensionElements?.values ?? []).filter((each) => each !== old);
    holder.values = fresh ? [...others, Object.assign(fresh, { $parent: holder })] : others;
    put(own, { extensionElements: holder.values.length ? holder : undefined });
  }

  function put(moddleElement, values) {
    if (moddleElement === getBusinessObject(element)) modeling.updateProperties(element, values);
    else modeling.updateModdleProperties(element, moddleElement, values);
  }

  function copyOf(old) {
    const values = {};
    for (const each of old.$descriptor.properties) {
      const value = old.get(each.name);
      if (value !== undefined) values[each.ns.localName] = each.isMany ? [...value] : value;
    }
    return make(old.$type, values, own);
  }

  function writeProperty(name, value) {
    writeExtension("zeebe:Properties", (properties) => {
      const kept = (properties.properties ?? []).filter((each) => each.name !== name);
      if (value) kept.push(make("zeebe:Property", { name, value }, properties));
      properties.properties = kept;
      return kept.length ? properties : null;
    });
  }

  const event = own.eventDefinitions?.[0];
  const places = {
    name: { read: () => pool?.name ?? own.name, write: writeName },
    documentation: {
      read: () => own.documentation?.[0]?.text,
      write: (text) => put(own, { documentation: text ? [make("bpmn:Documentation", { text }, own)] : [] }),
    },
    condition: {
      read: () => own.conditionExpression?.body,
      write: (body) => put(own, { conditionExpression: body ? make("bpmn:FormalExpression", { body }, own) : undefined }),
    },
    "condition:outcome": {
      read: () => CONDITION_OF_OUTCOME.exec(own.conditionExpression?.body ?? "")?.[2],
      write: (value) => places.condition.write(value ? `=${resultBefore(drawn)} = "${value}"` : ""),
    },
    "condition:default": {
      read: () => (own.sourceRef?.default === own ? "true" : ""),
      write: (value) => modeling.updateProperties(drawn.source, { default: value ? own : undefined }),
    },
    "timer:kind": {
      read: () => ["timeDuration", "timeDate", "timeCycle"].find((each) => event?.[each]),
      write: (kind) => writeTimer(kind || "timeDuration", places["timer:expression"].read() ?? ""),
    },
    "timer:expression": {
      read: () => (event?.timeDuration ?? event?.timeDate ?? event?.timeCycle)?.body,
      write: (body) => writeTimer(places["timer:kind"].read() ?? "timeDuration", body),
    },
    "message:name": { read: () => event?.messageRef?.name, write: (name) => writeMessage({ name }) },
    "message:correlationKey": {
      read: () => event?.messageRef && extension(event.messageRef, "zeebe:Subscription")?.correlationKey,
      write: (correlationKey) => writeMessage({ correlationKey }),
    },
  };

  // A pool bears the name of its process: both say the same.
  function writeName(name) {
    if (pool) modeling.updateProperties(element, { name });
    if (pool === own) return;
    if (kindOf(element) === "process" || is(element, "bpmn:Lane")) put(own, { name });
    else modeling.updateLabel(element, name);
  }

  function writeTimer(kind, body) {
    const cleared = { timeDuration: undefined, timeDate: undefined, timeCycle: undefined };
    modeling.updateModdleProperties(element, event, { ...cleared, [kind]: make("bpmn:FormalExpression", { body }, event) });
  }

  function writeMessage({ name, correlationKey }) {
    const definitions = modeler.getDefinitions();
    let message = event.messageRef;
    if (!message) {
      message = make("bpmn:Message", { id: modeler.get("moddle").ids.nextPrefixed("Message_") }, definitions);
      modeling.updateModdleProperties(element, definitions, { rootElements: [...definitions.rootElements, message] });
      modeling.updateModdleProperties(element, event, { messageRef: message });
    }
    if (name !== undefined) modeling.updateModdleProperties(element, message, { name });
    if (correlationKey === undefined) return;
    const holder = make("bpmn:ExtensionElements", { values: [] }, message);
    holder.values = [make("zeebe:Subscription", { correlationKey }, holder)];
    modeling.updateModdleProperties(element, message, { extensionElements: correlationKey ? holder : undefined });
  }

  function placeOf(place) {
    if (places[place]) return places[place];
    if (place.startsWith("property:")) {
      const name = place.slice("property:".length);
      const read = () => extension(own, "zeebe:Properties")?.properties?.find((each) => each.name === name)?.value;
      return { read, write: (value) => writeProperty(name, value) };
    }
    const [prefix, type, attribute] = place.split(":");
    const name = `${prefix}:${type}`;
    return {
      read: () => extension(own, name)?.get(attribute),
      write: (value) =>
        writeExtension(name, (found) => {
          found.set(attribute, value || undefined);
          const says = found.$descriptor.properties.some((each) => found.get(each.name) !== undefined && each.name !== attribute);
          return value || says ? found : null;
        }),
    };
  }

  return { read: (place) => placeOf(place).read() ?? "", write: (place, value) => placeOf(place).write(value), own, drawn };
}

export function extension(owner, type) {
  return owner.extensionElements?.values?.find((each) => each.$type === type);
}

// The process behind a pool or the whole canvas; any other element is its own.
// Beside its pools a diagram has no process of its own: what is asked of it is asked of the pool whose process runs.
function poolOf(modeler, element) {
  if (!is(element, "bpmn:Collaboration")) return null;
  const pools = element.children.filter((each) => getBusinessObject(each).processRef);
  return pools.find((each) => getBusinessObject(each).processRef.isExecutable) ?? pools[0];
}

function target(element) {
  const own = getBusinessObject(element);
  if (is(element, "bpmn:Participant")) return own.processRef ?? own;
  return own;
}

// The user task whose buttons a gateway asks about: the nearest before it, over gateways. Asked of what is drawn, as files
// need not list at a node which flows come to it.
function taskBefore(shape, seen = new Set()) {
  for (const { source } of shape?.incoming ?? []) {
    if (!source || seen.has(source)) continue;
    seen.add(source);
    if (is(source, "bpmn:UserTask")) return getBusinessObject(source);
    const found = is(source, "bpmn:Gateway") && taskBefore(source, seen);
    if (found) return found;
  }
  return null;
}

function property(own, name) {
  return own && extension(own, "zeebe:Properties")?.properties?.find((each) => each.name === name)?.value;
}

// The variable that holds the outcome of the step before a sequence flow.
export function resultBefore(connection) {
  return property(taskBefore(connection.source), "result") || "outcome";
}

// The buttons of the step before a sequence flow, each as [id, label].
export function outcomesBefore(connection, labels) {
  const task = taskBefore(connection.source);
  if (!task) return [];
  const given = property(task, "outcomes") || (property(task, "kind") === "approve" ? "approve,reject" : "");
  return given
    .split(/[,，]/)
    .map((each) => each.split(":").map((part) => part.trim()))
    .filter(([id]) => id)
    .map(([id, label]) => [id, label || labels[id] || id]);
}
