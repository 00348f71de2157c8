"""Read one flow node of a diagram with its Camunda 8 extension elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from engine.basics import whole_numbers
from engine.runtime.program import Element, Flow, IoMapping, MultiInstance, TaskDefinition
from engine.runtime.reading import event_definitions
from engine.runtime.reading.event_definitions import Catalogue
from engine.runtime.reading.names import BPMN, ZEEBE, local

ACTIVITIES = frozenset(
    {
        "task",
        "userTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "manualTask",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
    }
)
GATEWAYS = frozenset(
    {
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
    }
)
EVENTS = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
    }
)
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS

__all__ = ["ACTIVITIES", "EVENTS", "FLOW_NODES", "GATEWAYS", "Catalogue", "documentation", "listed", "properties", "read"]


class Wiring:
    """The sequence flows of a process by the elements they lead from and to, in the order of the file.

    With `as_listed` those that leave a node stand in the order of its `outgoing` entries, as they once did.
    """

    def __init__(self, flows: Iterable[Flow], *, as_listed: bool) -> None:
        self._as_listed = as_listed
        self._leaving: dict[str, list[str]] = {}
        self._arriving: dict[str, list[str]] = {}
        for flow in flows:
            self._leaving.setdefault(flow.source, []).append(flow.id)
            self._arriving.setdefault(flow.target, []).append(flow.id)

    def outgoing(self, node: etree._Element) -> tuple[str, ...]:
        """The flows that leave a node, in the order in which their conditions are tried."""
        leaving = tuple(self._leaving.get(node.get("id", ""), ()))
        return listed(node, leaving) if self._as_listed else leaving

    def incoming(self, node: etree._Element) -> tuple[str, ...]:
        """The flows that lead to a node."""
        return tuple(self._arriving.get(node.get("id", ""), ()))


def read(node: etree._Element, parent: str | None, catalogue: Catalogue, lane: str | None, wiring: Wiring) -> Element:
    """The element of a flow node."""
    element_id = node.get("id", "")
    return Element(
        id=element_id,
        name=node.get("name", ""),
        type=local(node),
        documentation=documentation(node),
        lane=lane,
        parent=parent,
        properties=properties(node),
        multi_instance=_loop(node),
        event=event_definitions.read(node, catalogue),
        attached_to=node.get("attachedToRef"),
        interrupting=_is_interrupting(node),
        default=node.get("default") or None,
        event_subprocess=node.get("triggeredByEvent") == "true",
        for_compensation=node.get("isForCompensation") == "true",
        compensated_by=catalogue.compensated_by.get(element_id),
        incoming=wiring.incoming(node),
        outgoing=wiring.outgoing(node),
        **_people(node),
        **_work(node),
        **_called(node),
        **_ad_hoc(node),
    )


def listed(node: etree._Element, flows: Iterable[str]) -> tuple[str, ...]:
    """The flows in the order of the node's `outgoing` entries; those that it does not list come last."""
    places = {text.strip(): place for place, text in enumerate(_texts(node.findall(BPMN + "outgoing")))}
    return tuple(sorted(flows, key=lambda flow: places.get(flow, len(places))))


def documentation(node: etree._Element) -> str:
    """The documentation text of an element."""
    return "\n".join(text.strip() for text in _texts(node.findall(BPMN + "documentation"))).strip()


def properties(node: etree._Element) -> dict[str, str]:
    """`zeebe:properties` as a mapping."""
    nodes = _extensions(node, "properties/" + ZEEBE + "property")
    return {entry.get("name", ""): entry.get("value", "") for entry in nodes}


def _texts(nodes: list[etree._Element]) -> list[str]:
    return [node.text or "" for node in nodes]


def _extensions(node: etree._Element, path: str) -> list[etree._Element]:
    return node.findall(f"{BPMN}extensionElements/{ZEEBE}{path}")


def _extension(node: etree._Element, path: str) -> Mapping[str, str]:
    """The attributes of one extension element; empty when it is absent."""
    nodes = _extensions(node, path)
    return {str(name): str(value) for name, value in nodes[0].attrib.items()} if nodes else {}


def _is_interrupting(node: etree._Element) -> bool:
    return node.get("cancelActivity", node.get("isInterrupting", "true")) != "false"


def _people(node: etree._Element) -> dict[str, Any]:
    assignment = _extension(node, "assignmentDefinition")
    schedule = _extension(node, "taskSchedule")
    form = _extension(node, "formDefinition")
    return {
        "assignee": assignment.get("assignee"),
        "candidate_users": assignment.get("candidateUsers"),
        "candidate_groups": assignment.get("candidateGroups"),
        "due_date": schedule.get("dueDate"),
        "priority": _extension(node, "priorityDefinition").get("priority"),
        "form_id": form.get("formId"),
    }


def _work(node: etree._Element) -> dict[str, Any]:
    definition = _extension(node, "taskDefinition")
    headers = _extensions(node, "taskHeaders/" + ZEEBE + "header")
    return {
        "task_definition": TaskDefinition(definition.get("type", ""), definition.get("retries", "3")) if definition else None,
        "headers": {header.get("key", ""): header.get("value", "") for header in headers},
        "inputs": _mappings(node, "input"),
        "outputs": _mappings(node, "output"),
    }


def _mappings(node: etree._Element, kind: str) -> tuple[IoMapping, ...]:
    return tuple(
        IoMapping(entry.get("source", ""), entry.get("target", "")) for entry in _extensions(node, "ioMapping/" + ZEEBE + kind)
    )


def _called(node: etree._Element) -> dict[str, Any]:
    called = _extension(node, "calledElement")
    decision = _extension(node, "calledDecision")
    script = _extension(node, "script")
    return {
        "called_process_id": called.get("processId") or _called_element(node),
        "propagate_all_parent_variables": called.get("propagateAllParentVariables", "true") != "false",
        "propagate_all_child_variables": called.get("propagateAllChildVariables", "true") != "false",
        "decision_id": decision.get("decisionId"),
        "script": script.get("expression"),
        "result_variable": decision.get("resultVariable") or script.get("resultVariable"),
    }


def _called_element(node: etree._Element) -> str | None:
    """BPMN's own attribute of a call activity, a name with or without a prefix."""
    called = node.get("calledElement") if local(node) == "callActivity" else None
    return called.rpartition(":")[2] if called and not called.startswith(("=", "$", "#")) else called


def _ad_hoc(node: etree._Element) -> dict[str, Any]:
    condition = node.find(BPMN + "completionCondition")
    return {
        "active_elements": _extension(node, "adHoc").get("activeElementsCollection", ""),
        "completion_condition": "" if condition is None else (condition.text or "").strip(),
        "cancel_remaining": node.get("cancelRemainingInstances", "true") != "false",
    }


def _loop(node: etree._Element) -> MultiInstance | None:
    loop = node.find(BPMN + "multiInstanceLoopCharacteristics")
    if loop is None:
        return _standard_loop(node)
    settings = _extension(loop, "loopCharacteristics")
    return MultiInstance(
        sequential=loop.get("isSequential") == "true",
        input_collection=settings.get("inputCollection", ""),
        input_element=settings.get("inputElement", ""),
        output_collection=settings.get("outputCollection", ""),
        output_element=settings.get("outputElement", ""),
        completion_condition=_child_text(loop, "completionCondition"),
        cardinality=_child_text(loop, "loopCardinality"),
    )


def _standard_loop(node: etree._Element) -> MultiInstance | None:
    loop = node.find(BPMN + "standardLoopCharacteristics")
    if loop is None:
        return None
    said = loop.get("loopMaximum", "")
    maximum = whole_numbers.count(said)
    return MultiInstance(
        standard=True,
        loop_condition=_child_text(loop, "loopCondition"),
        loop_maximum=maximum,
        unread_maximum=said if maximum is None else "",
        test_before=loop.get("testBefore") == "true",
    )


def _child_text(node: etree._Element, name: str) -> str:
    return (node.findtext(BPMN + name) or "").strip()
