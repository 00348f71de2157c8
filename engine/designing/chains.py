"""Draws a chain of steps as a BPMN diagram with its layout: approvals that refuse lead to an end of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
MODELER = "http://camunda.org/schema/modeler/1.0"
SPACES = {"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": DD, "zeebe": ZEEBE, "modeler": MODELER}
ANSWERS = {"yes": "同意", "refused": "不同意", "needed": "是", "passed": "否"}
ROW, REFUSED_ROW, SKIP_ROW, GAP = 200, 340, 110, 60
SIZES = {"startEvent": (36, 36), "endEvent": (36, 36), "userTask": (120, 80), "exclusiveGateway": (50, 50)}


def diagram(
    process_id: str, name: str, form_id: str, steps: Iterable[Mapping[str, Any]], say: Callable[[str], str] = str
) -> str:
    """The diagram of a process that begins with a form and goes through steps, as XML text.

    `say` gives the chain's own words, such as those of its ends, in the language of the steps.

    A step has `id`, `name`, the assignment `groups` or `assignee`, zeebe:properties in `properties`, and `when`: a FEEL
    condition without which it is passed over. A step of the kind `approve` is followed by the question how it decided.
    """
    drawn = _Chain(process_id, name, say)
    drawn.put("startEvent", "started", say("提交申请"))
    drawn.extend("started", ("zeebe:formDefinition", {"formId": form_id}))
    for step in steps:
        drawn.step(step)
    drawn.put("endEvent", "concluded", say("办结"))
    drawn.close()
    return etree.tostring(drawn.root, encoding="unicode", pretty_print=True)


@dataclass(frozen=True)
class _Flow:
    """A sequence flow that was drawn; `label` says which answer of a gateway it is, `words` what stands beside it; empty for any other."""

    id: str
    source: str
    target: str
    label: str
    words: str


@dataclass
class _Chain:
    """A diagram under way: `last` are the places from which the next element is reached, with the condition of each."""

    process_id: str
    name: str
    say: Callable[[str], str]
    last: list[tuple[str, str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    x: int = 160
    places: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    elements: dict[str, etree._Element] = field(default_factory=dict)
    flows: list[_Flow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = etree.Element(_name("bpmn:definitions"), nsmap=SPACES)
        self.root.set("id", f"{self.process_id}_definitions")
        self.root.set("targetNamespace", "http://banjie.example/bpmn")
        self.root.set(_name("modeler:executionPlatform"), "Camunda Cloud")
        self.root.set(_name("modeler:executionPlatformVersion"), "8.8.0")
        named = {"id": self.process_id, "name": self.name, "isExecutable": "true"}
        self.process = etree.SubElement(self.root, _name("bpmn:process"), named)

    def step(self, step: Mapping[str, Any]) -> None:
        """A user task; before it whether it is needed, behind it whether it agreed."""
        passed = []
        if step.get("when"):
            gateway = f"{step['id']}_needed"
            self.put("exclusiveGateway", gateway, step["question"])
            self.elements[gateway].set("default", f"{gateway}_passed")
            passed = [(gateway, "", "passed")]
            self.last = [(gateway, step["when"], "needed")]
        self.put("userTask", step["id"], step["name"])
        who = {place: step[name] for name, place in (("groups", "candidateGroups"), ("assignee", "assignee")) if name in step}
        self.extend(step["id"], ("zeebe:userTask", None), ("zeebe:assignmentDefinition", who))
        self._properties(step["id"], step.get("properties", {}))
        if step.get("properties", {}).get("kind") == "approve":
            gateway = f"{step['id']}_agreed"
            self.put("exclusiveGateway", gateway, self.say("同意?"))
            self.elements[gateway].set("default", f"{gateway}_refused")
            self.refused.append(gateway)
            self.last = [(gateway, '=outcome = "approve"', "yes")]
        self.last += passed

    def put(self, type: str, id: str, name: str, row: int = ROW) -> None:
        """The next element of the chain, at the right of what is there."""
        self.elements[id] = etree.SubElement(self.process, _name(f"bpmn:{type}"), {"id": id, "name": name})
        width, height = SIZES[type]
        self.places[id] = (self.x, row - height // 2, width, height)
        self.x += width + GAP
        for source, condition, label in self.last:
            self._flow(source, id, condition, label)
        self.last = [(id, "", "")]

    def extend(self, id: str, *extensions: tuple[str, Mapping[str, str] | None]) -> etree._Element:
        """Adds extension elements to an element and gives the last; one whose attributes are empty is left out, not one
        that has none by nature (None)."""
        owner = self.elements[id]
        inside = owner.find(_name("bpmn:extensionElements"))
        if inside is None:
            inside = etree.Element(_name("bpmn:extensionElements"))
            owner.insert(0, inside)
        added = inside
        for name, attributes in extensions:
            if attributes is None or attributes:
                added = etree.SubElement(inside, _name(name), dict(attributes or {}))
        return added

    def _properties(self, id: str, given: Mapping[str, str]) -> None:
        if given:
            listed = self.extend(id, ("zeebe:properties", None))
            for name, value in given.items():
                etree.SubElement(listed, _name("zeebe:property"), {"name": name, "value": value})

    def close(self) -> None:
        """The end of those that were refused, and the layout."""
        if self.refused:
            first = self.places[self.refused[0]][0]
            last = self.last
            self.last = [(gateway, "", "refused") for gateway in self.refused]
            right, self.x = self.x, first + 7
            self.put("endEvent", "turned_down", self.say("不通过"), REFUSED_ROW)
            self._properties("turned_down", {"outcome": "reject"})
            self.last, self.x = last, right
        self._lay_out()

    def _flow(self, source: str, target: str, condition: str, label: str) -> None:
        drawn = _Flow(f"{source}_{label or 'on'}", source, target, label, self.say(ANSWERS.get(label, "")))
        given = {"id": drawn.id, "sourceRef": source, "targetRef": target}
        flow = etree.SubElement(self.process, _name("bpmn:sequenceFlow"), given)
        if drawn.words:
            flow.set("name", drawn.words)
        if condition:
            etree.SubElement(flow, _name("bpmn:conditionExpression")).text = condition
        self.flows.append(drawn)

    def _lay_out(self) -> None:
        shown = etree.SubElement(self.root, _name("bpmndi:BPMNDiagram"), {"id": f"{self.process_id}_diagram"})
        plane = etree.SubElement(
            shown, _name("bpmndi:BPMNPlane"), {"id": f"{self.process_id}_plane", "bpmnElement": self.process_id}
        )
        for id, (x, y, width, height) in self.places.items():
            shape = etree.SubElement(plane, _name("bpmndi:BPMNShape"), {"id": f"{id}_di", "bpmnElement": id})
            etree.SubElement(shape, _name("dc:Bounds"), _numbers(x=x, y=y, width=width, height=height))
            if id.endswith(("_agreed", "_needed")):
                shape.set("isMarkerVisible", "true")
                is_below = id.endswith("_needed")  # the way past what is not needed leaves upwards
                self._label(shape, x - 15, y + height + 6 if is_below else y - 28, 80, 14)
            elif height == SIZES["startEvent"][1]:
                self._label(shape, x - 20, y + height + 6, 76, 14)
        for flow in self.flows:
            edge = etree.SubElement(plane, _name("bpmndi:BPMNEdge"), {"id": f"{flow.id}_di", "bpmnElement": flow.id})
            for x, y in self._way(flow.source, flow.target, flow.label):
                etree.SubElement(edge, _name("di:waypoint"), _numbers(x=x, y=y))
            if flow.words:
                x, y, width, height = self.places[flow.source]
                beside = {"refused": (x + 30, y + height + 4), "passed": (x + 30, SKIP_ROW - 16)}
                self._label(edge, *beside.get(flow.label, (x + width + 6, ROW - 18)), 40, 14)

    def _way(self, source: str, target: str, label: str) -> list[tuple[int, int]]:
        x, y, width, height = self.places[source]
        to_x, to_y, to_width, _to_height = self.places[target]
        if label == "refused":
            below = y + height
            if x + width // 2 == to_x + to_width // 2:
                return [(x + width // 2, below), (x + width // 2, to_y)]
            return [(x + width // 2, below), (x + width // 2, REFUSED_ROW), (to_x + to_width, REFUSED_ROW)]
        if label == "passed":
            return [
                (x + width // 2, y),
                (x + width // 2, SKIP_ROW),
                (to_x + to_width // 2, SKIP_ROW),
                (to_x + to_width // 2, to_y),
            ]
        return [(x + width, ROW), (to_x, ROW)]

    def _label(self, owner: etree._Element, x: int, y: int, width: int, height: int) -> None:
        label = etree.SubElement(owner, _name("bpmndi:BPMNLabel"))
        etree.SubElement(label, _name("dc:Bounds"), _numbers(x=x, y=y, width=width, height=height))


def _name(prefixed: str) -> str:
    prefix, _colon, name = prefixed.partition(":")
    return f"{{{SPACES[prefix]}}}{name}"


def _numbers(**values: int) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
