"""Diagrams with Camunda 8's attributes, rewritten into what SpiffWorkflow's parser reads. Elements keep their ids."""

from __future__ import annotations

from typing import Any

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
INSIDE = ".."  # between a process's id and a subprocess's: SpiffWorkflow keeps all of them by one name
_ROOT_ELEMENTS = ("message", "error", "escalation", "signal")
_REFERENCES = ("sourceRef", "targetRef", "attachedToRef", "bpmnElement")


def own_id(spec_id: str | None) -> str | None:
    """The id that an element has in the diagram."""
    return spec_id.split(INSIDE)[-1] if spec_id else spec_id


def rewritten(source: bytes, prefix: str, begun: tuple[str | None, str | None]) -> Any:
    """The XML for SpiffWorkflow; `prefix` keeps the messages of several files apart.

    `begun` is the process and start event that the case begins with: SpiffWorkflow has no way to choose one of several.
    """
    root = etree.fromstring(source)
    for tag in _ROOT_ELEMENTS:
        for node in root.iter(BPMN + tag):
            if node.get("id"):
                node.set("id", prefix + node.get("id"))
        for node in root.iter("*"):
            if node.get(tag + "Ref"):
                node.set(tag + "Ref", prefix + node.get(tag + "Ref"))
    for process in root.iter(BPMN + "process"):
        _name_subprocesses(root, process)
        _say_what_is_called(process)
        _say_what_is_repeated(process)
        _say_scripts(process)
        _leave_one_start(process, begun[1] if process.get("id") == begun[0] else None)
    return root


def _name_subprocesses(root: Any, process: Any) -> None:
    renamed = {}
    for node in process.iter(BPMN + "subProcess"):
        renamed[node.get("id")] = process.get("id") + INSIDE + node.get("id")
        node.set("id", renamed[node.get("id")])
    for node in root.iter("*"):
        for attribute in _REFERENCES:
            if node.get(attribute) in renamed:
                node.set(attribute, renamed[node.get(attribute)])


def _say_what_is_called(process: Any) -> None:
    for node in process.iter(BPMN + "callActivity"):
        node.set("calledElement", node.find(f".//{ZEEBE}calledElement").get("processId"))


def _say_what_is_repeated(process: Any) -> None:
    for node in process.iter(BPMN + "multiInstanceLoopCharacteristics"):
        told = node.find(f".//{ZEEBE}loopCharacteristics")
        for way, data in (("input", "DataInput"), ("output", "DataOutput")):
            if told.get(f"{way}Collection"):
                etree.SubElement(node, f"{BPMN}loop{data}Ref").text = told.get(f"{way}Collection")
                name = told.get(f"{way}Element")
                etree.SubElement(node, f"{BPMN}{way}DataItem", id=name, name=name)


def _say_scripts(process: Any) -> None:
    for node in process.iter(BPMN + "scriptTask"):
        told = node.find(f".//{ZEEBE}script")
        if told is not None:
            etree.SubElement(node, BPMN + "script").text = told.get("expression")


def _leave_one_start(process: Any, wanted: str | None) -> None:
    starts = process.findall(BPMN + "startEvent")
    without_event = [start for start in starts if not _definitions(start)]
    kept = next((start for start in starts if start.get("id") == wanted), (without_event or starts)[0])
    for start in starts:
        if start is not kept:
            process.remove(start)
    for definition in _definitions(kept):
        kept.remove(definition)


def _definitions(event: Any) -> list[Any]:
    return [child for child in event.iterchildren("*") if child.tag.endswith("EventDefinition")]
