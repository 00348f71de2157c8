"""A diagram with an element of every kind that the editor can draw, for walks that hear everything it says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

TASKS = ("task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask")
OTHERS = ("callActivity", "subProcess", "adHocSubProcess", "transaction")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
EVENTS = {
    "startEvent": ("", "message", "timer", "signal", "conditional"),
    "intermediateCatchEvent": ("message", "timer", "signal", "conditional", "link"),
    "intermediateThrowEvent": ("", "message", "signal", "escalation", "link", "compensate"),
    "endEvent": ("", "message", "signal", "error", "escalation", "terminate", "compensate"),
}
LOOSE = ("textAnnotation", "dataObjectReference", "dataStoreReference")
ACROSS = 8
OPEN = ' isExpanded="true"'


PUT = """async (text) => {
    const place = document.querySelector("[data-save]");
    const headers = { ...JSON.parse(document.body.getAttribute("data-hx-headers:inherited")), "Content-Type": "application/json" };
    const body = JSON.stringify({ revision: Number(place.dataset.revision), files: { [place.dataset.file]: text } });
    return (await fetch(place.dataset.save, { method: "PUT", body, headers })).status;
}"""


def ids() -> list[str]:
    """The ids of its elements."""
    return [id for id, _element, _size in _elements()]


def text(process_id: str) -> str:
    """The file."""
    found = list(_elements())
    drawn = "".join(
        f'<di:BPMNShape id="{id}_di" bpmnElement="{id}"{OPEN if wide == 120 else ""}>'
        f'<dc:Bounds x="{100 + number % ACROSS * 150}" y="{100 + number // ACROSS * 130}" width="{wide}" height="{min(wide, 80)}"/>'
        "</di:BPMNShape>"
        for number, (id, _element, wide) in enumerate(found)
    )
    return _file(process_id, "".join(element for _id, element, _wide in found), drawn)


def many(process_id: str, elements: int) -> str:
    """A file of so many elements: tasks in rows, each with a flow to the next."""
    tasks = [f"step_{number}" for number in range(1, elements // 2 + 2)]
    pairs = list(pairwise(tasks))[: elements - len(tasks)]
    body = "".join(f'<bpmn:userTask id="{each}" name="{each}"/>' for each in tasks)
    body += "".join(f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairs)
    places = {each: (100 + number % 20 * 160, 100 + number // 20 * 140) for number, each in enumerate(tasks)}
    drawn = "".join(
        f'<di:BPMNShape id="{each}_di" bpmnElement="{each}"><dc:Bounds x="{x}" y="{y}" width="100" height="80"/></di:BPMNShape>'
        for each, (x, y) in places.items()
    )
    for a, b in pairs:
        (x, y), (to_x, to_y) = places[a], places[b]
        points = "".join(f'<wp:waypoint x="{at}" y="{level}"/>' for at, level in ((x + 100, y + 40), (to_x, to_y + 40)))
        drawn += f'<di:BPMNEdge id="{a}_{b}_di" bpmnElement="{a}_{b}">{points}</di:BPMNEdge>'
    return _file(process_id, body, drawn)


def _file(process_id: str, body: str, drawn: str) -> str:
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"'
        ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:wp="http://www.omg.org/spec/DD/20100524/DI"'
        ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">'
        f'<bpmn:process id="{process_id}" name="各种元素" isExecutable="true">{body}</bpmn:process>'
        f'<di:BPMNDiagram id="dia"><di:BPMNPlane id="pl" bpmnElement="{process_id}">{drawn}</di:BPMNPlane></di:BPMNDiagram></bpmn:definitions>'
    )


def _elements() -> Iterator[tuple[str, str, int]]:
    """Id, XML and width of each."""
    for kind in TASKS:
        inner = "<bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>" if kind == "userTask" else ""
        yield kind, f'<bpmn:{kind} id="{kind}" name="{kind}">{inner}</bpmn:{kind}>', 100
    repeated = '<bpmn:multiInstanceLoopCharacteristics id="loop"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    yield "repeated", f'<bpmn:serviceTask id="repeated" name="repeated">{repeated}</bpmn:serviceTask>', 100
    for kind in OTHERS:
        yield kind, f'<bpmn:{kind} id="{kind}" name="{kind}"/>', 100 if kind == "callActivity" else 120
    for kind in GATEWAYS:
        yield kind, f'<bpmn:{kind} id="{kind}"/>', 50
    for kind, definitions in EVENTS.items():
        for each in definitions:
            id = f"{kind}_{each or 'plain'}"
            inner = f'<bpmn:{each}EventDefinition id="{id}_d"/>' if each else ""
            yield id, f'<bpmn:{kind} id="{id}">{inner}</bpmn:{kind}>', 36
    for kind in LOOSE:
        yield kind, f'<bpmn:{kind} id="{kind}"/>', 100 if kind == "textAnnotation" else 40
