"""Read the executable processes out of BPMN 2.0 XML with Camunda 8's extensions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from lxml import etree

from engine import errors
from engine.diagrams import xml as diagram_xml
from engine.runtime.program import Element, Flow, Program, StartEvent
from engine.runtime.reading import captions, elements
from engine.runtime.reading.names import BPMN, ZEEBE, local

_CONTAINERS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_NAMED = elements.FLOW_NODES | {"process"}

# How diagrams are read; a published version keeps the edition it was published with.
# 1: the conditions behind a gateway in the order of its `outgoing` entries; 2: in that of the sequence flows in the file.
EDITION = 2

_NCNAME = re.compile(r"[^\W\d][\w.-]*")  # xsd:ID, as BPMN's schema has it


def read(xml: bytes, *, edition: int = EDITION) -> list[Program]:
    """All processes of a diagram, in its order, as that edition reads them. Raises `errors.Invalid` for what is no BPMN."""
    return programs(diagram_xml.safe_parse(xml), edition=edition)


def text_of(xml: bytes) -> str:
    """A diagram as one text, whatever its encoding, with what it says by character references written out."""
    return etree.tostring(diagram_xml.safe_parse(xml), encoding="unicode")


def programs(root: etree._Element, *, edition: int = EDITION) -> list[Program]:
    """The same of a diagram that is parsed already; sequence flows without an id get one in it."""
    if root.tag != BPMN + "definitions":
        raise errors.Invalid(
            "This is not a BPMN 2.0 diagram: its outermost element is %(name)s.", name=etree.QName(root).localname
        )
    for node, reason in nameless(root):
        raise errors.Invalid(reason, id=node.get("id", ""))
    name_flows(root)
    catalogue = elements.Catalogue(root)
    return [_program(process, catalogue, edition) for process in root.findall(BPMN + "process")]


def name_flows(root: etree._Element) -> None:
    """Gives the sequence flows without an id, which BPMN allows, one made of what they connect."""
    taken = {node.get("id") for node in root.iter(etree.Element)}
    for flow in root.iter(BPMN + "sequenceFlow"):
        if not flow.get("id"):
            between = f"{flow.get('sourceRef', '')}_to_{flow.get('targetRef', '')}"
            names = itertools.chain([between], (f"{between}_{number}" for number in itertools.count(2)))
            flow.set("id", next(name for name in names if name not in taken))
            taken.add(flow.get("id"))


def nameless(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """The BPMN elements that cannot be told apart, with the reason: an id used twice, or none where one is needed.

    Nothing else may be read before: such elements could enclose each other without end.
    """
    seen: set[str] = set()
    for node in root.iter(etree.Element):
        element_id = node.get("id", "") if local(node) else ""
        if not element_id and local(node) in _NAMED:
            yield node, "The element has no id."
        elif element_id and element_id in seen:
            yield node, "The id %(id)s is used twice."
        elif local(node) == "process" and not _NCNAME.fullmatch(element_id):  # it stands in addresses and names of folders
            yield (
                node,
                "The id %(id)s of a process may hold letters, digits, “_”, “-” and “.”, and begins with a letter or “_”.",
            )
        seen.add(element_id)


def _program(process: etree._Element, catalogue: elements.Catalogue, edition: int) -> Program:
    flows = {flow.id: flow for flow in _flows(process)}
    lanes = _lanes(process)
    wiring = elements.Wiring(flows.values(), as_listed=edition < 2)
    by_id = {element.id: element for element in _elements(process, None, catalogue, lanes, wiring)}
    version = process.find(f"{BPMN}extensionElements/{ZEEBE}versionTag")
    return Program(
        process_id=process.get("id", ""),
        name=process.get("name", ""),
        is_executable=process.get("isExecutable") == "true",
        version_tag=None if version is None else version.get("value"),
        elements=by_id,
        flows=flows,
        start_events=tuple(_start_event(e) for e in by_id.values() if e.type == "startEvent" and e.parent is None),
        lanes=tuple(dict.fromkeys(filter(None, lanes.values()))),
        documentation=elements.documentation(process),
        properties=elements.properties(process),
        captions=tuple(dict.fromkeys(captions.captions_of(process))),
    )


def _flows(process: etree._Element) -> Iterator[Flow]:
    for node in process.iter(BPMN + "sequenceFlow"):
        condition = node.find(BPMN + "conditionExpression")
        text = None if condition is None else (condition.text or "").strip()
        yield Flow(node.get("id", ""), node.get("sourceRef", ""), node.get("targetRef", ""), node.get("name", ""), text or None)


def _lanes(process: etree._Element) -> dict[str, str]:
    """The name of the innermost lane that has one, by element id ("": none of its lanes has); inner lanes stand after outer ones."""
    lanes: dict[str, str] = {}
    for lane in process.iter(BPMN + "lane"):
        for reference in lane.findall(BPMN + "flowNodeRef"):
            id = (reference.text or "").strip()
            lanes[id] = lane.get("name", "").strip() or lanes.get(id, "")
    return lanes


def _elements(
    scope: etree._Element, parent: str | None, catalogue: elements.Catalogue, lanes: dict[str, str], wiring: elements.Wiring
) -> Iterator[Element]:
    for node in scope:
        if local(node) not in elements.FLOW_NODES:
            continue
        element_id = node.get("id", "")
        if parent in lanes:
            lanes.setdefault(element_id, lanes[parent])
        yield elements.read(node, parent, catalogue, lanes.get(element_id), wiring)
        if local(node) in _CONTAINERS:
            yield from _elements(node, element_id, catalogue, lanes, wiring)


def _start_event(element: Element) -> StartEvent:
    event = element.event
    if event is None:
        return StartEvent(element.id, "none")
    return StartEvent(
        element.id,
        event.kind,
        message_name=event.name if event.kind == "message" else None,
        correlation=event.correlation_key,
        signal_name=event.name if event.kind == "signal" else None,
        timer=event.timer,
    )
