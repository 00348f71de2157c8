"""What a diagram says and this engine does not do: told by element, refused where it decides who acts or what runs."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.runtime.program import DiagramProblem
from engine.runtime.reading import elements
from engine.runtime.reading.names import BPMN, ZEEBE, local

VENDORS = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.org/bpmn": "activiti",
    "http://www.activiti.org/schema/1.0/bpmn": "activiti",
    "http://operaton.org/schema/1.0/bpmn": "operaton",
    "http://www.jboss.org/drools": "drools",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": "spiffworkflow",
    "http://smartengine.org/schema/process": "smart",
}
# Name spaces that say how something looks or was drawn, or that are read here.
_NEUTRAL = {
    "",
    "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "http://bpmn.io/schema/bpmn",
    "http://camunda.org/schema/modeler/1.0",
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
    ZEEBE.strip("{}"),
}

_ASSIGNMENT = ("assignmentDefinition",)
_CALL = ("calledElement",)
_WORK = ("taskDefinition", "script", "calledDecision")
_DATA = ("ioMapping", "calledElement")
# Settings of other engines that decide who acts or what runs, and what says the same in Camunda 8's vocabulary.
DECISIVE: dict[str, tuple[str, ...]] = {
    "assignee": _ASSIGNMENT,
    "candidateUsers": _ASSIGNMENT,
    "candidateGroups": _ASSIGNMENT,
    "class": _WORK,
    "delegateExpression": _WORK,
    "expression": _WORK,
    "type": _WORK,
    "topic": _WORK,
    "connector": _WORK,
    "field": _WORK,
    "errorEventDefinition": _WORK,
    "resource": _WORK,
    "decisionRef": ("calledDecision", "taskDefinition"),
    "caseRef": (),
    "executionListener": (),
    "eventListener": (),
    "onEntry-script": (),
    "onExit-script": (),
    "preScript": (),
    "postScript": (),
    "serviceTaskOperator": _WORK,
    "calledDecisionId": ("calledDecision", "taskDefinition"),
    "calledElementType": _CALL,
    "calledElementVersion": _CALL,
    "calledElementVersionTag": _CALL,
    "variableMappingClass": _DATA,
    "variableMappingDelegateExpression": _DATA,
    "terminateAll": (),
    "endDate": (),
    "taskListener": (),
    "skipExpression": (),
    "in": _DATA,
    "out": _DATA,
    "inputOutput": _DATA,
    "collection": ("loopCharacteristics",),
    "elementVariable": ("loopCharacteristics",),
}
# Settings of other engines by which not everybody may start a process.
STARTERS = frozenset(("candidateStarterGroups", "candidateStarterUsers", "potentialStarter", "isStartableInTasklist"))
STARTS = "%(names)s decides who may start the process, and has no effect here; say it in the process settings, “Who may start”."
DECIDES = "%(names)s decides who acts or what runs, and has no effect here; write it in Camunda 8's vocabulary (zeebe:)."
NO_EFFECT = "%(names)s has no effect here."

_ZEEBE_LISTENERS = {"executionListeners", "taskListeners"}
# Camunda 8's extensions that are read, with their attributes.
_ZEEBE_READ = {
    "adHoc": {"activeElementsCollection"},
    "assignmentDefinition": {"assignee", "candidateUsers", "candidateGroups"},
    "calledDecision": {"decisionId", "resultVariable"},
    "calledElement": {"processId", "propagateAllParentVariables", "propagateAllChildVariables"},
    "formDefinition": {"formId"},
    "ioMapping": set(),
    "loopCharacteristics": {"inputCollection", "inputElement", "outputCollection", "outputElement"},
    "priorityDefinition": {"priority"},
    "properties": set(),
    "script": {"expression", "resultVariable"},
    "subscription": {"correlationKey"},
    "taskDefinition": {"type", "retries"},
    "taskHeaders": set(),
    "taskSchedule": {"dueDate"},
    "userTask": set(),
    "versionTag": {"value"},
}
_AS_IT_IS = {("bindingType", "latest")}  # what is done anyway
_WITHOUT_EFFECT = {
    "dataObject": "A data object has no effect here; values are variables of the case.",
    "dataObjectReference": "A data object has no effect here; values are variables of the case.",
    "dataStoreReference": "A data store has no effect here; use service tasks.",
    "dataInputAssociation": "A data association has no effect here; use input and output mappings.",
    "dataOutputAssociation": "A data association has no effect here; use input and output mappings.",
    "ioSpecification": "An input/output specification has no effect here; use input and output mappings.",
    "property": "A property of BPMN has no effect here; values are variables of the case.",
    "correlationSubscription": "Correlation properties have no effect here; the message carries a correlation key (FEEL).",
    "correlationProperty": "Correlation properties have no effect here; the message carries a correlation key (FEEL).",
    "correlationKey": "Correlation properties have no effect here; the message carries a correlation key (FEEL).",
    "messageFlow": "A message flow has no effect here; a message reaches who waits for its name and correlation key.",
    "auditing": "Auditing and monitoring have no effect here; every case has its history.",
    "monitoring": "Auditing and monitoring have no effect here; every case has its history.",
}
_PLACES = elements.FLOW_NODES | {"sequenceFlow", "process", "dataObject", "dataObjectReference", "dataStoreReference"}
_PERFORMERS = {"humanPerformer", "potentialOwner", "performer", "resourceRole"}
_USUAL = {"startQuantity": "1", "completionQuantity": "1", "ordering": "Parallel", "operationRef": "", "instantiate": "false"}
_EXPRESSIONS = {"conditionExpression", "completionCondition", "loopCondition", "condition"}


def check(root: etree._Element) -> Iterator[DiagramProblem]:
    """What of the executable processes, and of what lies beside them, has no effect."""
    for node in looked_at(root):
        yield from _elsewhere(node)
        yield from _vendor(node)
        yield from _zeebe(node)
        yield from _of_bpmn(node)


def looked_at(root: etree._Element) -> Iterator[etree._Element]:
    """All BPMN elements but those of processes that do not run; of these where none does, as one of them is meant to."""
    runs = any(part.get("isExecutable") == "true" for part in root.iterchildren(BPMN + "process"))
    for part in root:
        if local(part) and (part.tag != BPMN + "process" or part.get("isExecutable") == "true" or not runs):
            yield from (node for node in part.iter(etree.Element) if local(node))


def _elsewhere(node: etree._Element) -> Iterator[DiagramProblem]:
    """Parts of BPMN that stand for themselves and do nothing."""
    if local(node) in _WITHOUT_EFFECT:
        yield _problem(node, _WITHOUT_EFFECT[local(node)], "warning")
    if local(node) in _PERFORMERS:
        message = "A performer of BPMN has no effect here; write who acts as zeebe:assignmentDefinition."
        yield _problem(node, message, "warning" if _says(_place(node), _ASSIGNMENT) else "error")


def _vendor(node: etree._Element) -> Iterator[DiagramProblem]:
    """Settings of other engines on the element, each group in one sentence."""
    judged: dict[str, set[str]] = {STARTS: set(), DECIDES: set(), NO_EFFECT: set()}
    for vendor, name in _vendor_settings(node):
        judged[_judged(node, vendor, name)].add(f"{vendor}:{name}")
    for message, names in judged.items():
        if names:
            severity = "warning" if message == NO_EFFECT else "error"
            yield _problem(node, message, severity, names=", ".join(sorted(names)))


def _judged(node: etree._Element, vendor: str, name: str) -> str:
    """What is to be said of a setting of another engine."""
    if vendor in VENDORS.values():
        if name in STARTERS:
            return STARTS
        said = DECISIVE.get(name)
        if said is not None and not (_says(_place(node), said) or _says(node, said)):
            return DECIDES
    return NO_EFFECT


def _vendor_settings(node: etree._Element) -> Iterator[tuple[str, str]]:
    extensions = node.find(BPMN + "extensionElements")
    names = [(str(name), node) for name in node.attrib]
    names += [] if extensions is None else [(str(each.tag), each) for each in extensions.iterchildren(etree.Element)]
    for name, at in names:
        space, _, own = name.lstrip("{").rpartition("}")
        if space not in _NEUTRAL:
            yield VENDORS.get(space) or _prefix(at, space), own


def _prefix(node: etree._Element, space: str) -> str:
    """What the file calls a name space that is not known here."""
    return next((prefix for prefix, each in node.nsmap.items() if prefix and each == space), "") or space


def _zeebe(node: etree._Element) -> Iterator[DiagramProblem]:
    """Camunda 8's own extensions that are not read, and attributes of those that are."""
    for extension in node.findall(f"{BPMN}extensionElements/{ZEEBE}*"):
        name = str(extension.tag)[len(ZEEBE) :]
        if name in _ZEEBE_LISTENERS:
            yield _problem(node, "%(names)s cannot run here; draw a service task.", "error", names=f"zeebe:{name}")
        elif name not in _ZEEBE_READ:
            yield _problem(node, NO_EFFECT, "warning", names=f"zeebe:{name}")
        else:
            given = {str(each) for each, value in extension.attrib.items() if (each, value) not in _AS_IT_IS}
            for each in sorted(given - _ZEEBE_READ[name]):
                yield _problem(node, NO_EFFECT, "warning", names=f"zeebe:{name} {each}")


def _of_bpmn(node: etree._Element) -> Iterator[DiagramProblem]:
    if local(node) == "multiInstanceLoopCharacteristics":
        yield from _multi_instance(node)
    names = [name for name, usual in _USUAL.items() if node.get(name, usual) != usual]
    if local(node) in _EXPRESSIONS and "feel" not in node.get("language", "feel").lower():
        names.append("language")
    if local(node) == "scriptTask" and _says(node, ("script", "taskDefinition")):
        names += [name for name in ("scriptFormat", "script") if node.get(name) or _has(node, name)]
    if names and local(node) != "eventBasedGateway":  # one that starts a process is refused
        yield _problem(node, NO_EFFECT, "warning", names=", ".join(names))
    if local(node) == "compensateEventDefinition" and node.get("waitForCompletion") == "false":
        yield _problem(node, NO_EFFECT, "warning", names="waitForCompletion")


def _multi_instance(node: etree._Element) -> Iterator[DiagramProblem]:
    names = [name for name in ("loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem") if _has(node, name)]
    names += ["behavior"] if node.get("behavior", "All") != "All" else []
    loop = node.find(f"{BPMN}extensionElements/{ZEEBE}loopCharacteristics")
    if loop is not None and loop.get("inputCollection") and _has(node, "loopCardinality"):
        names.append("loopCardinality")
    if names:
        yield _problem(node, NO_EFFECT, "warning", names=", ".join(names))


def _has(node: etree._Element, name: str) -> bool:
    return node.find(BPMN + name) is not None


def _says(node: etree._Element | None, names: tuple[str, ...]) -> bool:
    """Whether the element says the same in Camunda 8's vocabulary."""
    path = f"{BPMN}extensionElements/{ZEEBE}"
    return node is not None and any(node.find(path + name) is not None for name in names)


def _place(node: etree._Element) -> etree._Element:
    """The flow node, flow, process or other thing in the diagram that a part belongs to."""
    while local(node) not in _PLACES:
        parent = node.getparent()
        if parent is None or local(parent) in ("", "definitions", "collaboration"):
            break
        node = parent
    return node


def _problem(node: etree._Element, message: str, severity: str, **values: object) -> DiagramProblem:
    place = _place(node)
    return DiagramProblem(place.get("id", ""), place.get("name", ""), severity, message, values)
