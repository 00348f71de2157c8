"""A diagram as what it says of each element that people see, for comparing: facts by element, names of elements, what moved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from engine import errors
from engine.diagrams import neighbours, xml
from engine.problems import UnnamedElement

Fact = str | UnnamedElement
Read = Mapping[str, tuple[str, dict[str, str]]]
"""By id: the name, empty for none, and what is said by the names of the file."""

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
NOT_COMPARED = ("incoming", "outgoing", "flowNodeRef", "extensionElements", "laneSet")
HOLDERS = ("definitions", "collaboration", "process", "subProcess", "adHocSubProcess", "transaction", "laneSet", "childLaneSet")
FRAMES = ("collaboration", "laneSet", "childLaneSet")
BETWEEN = re.compile(r"[\s,;，；、]+")


def elements(text: str) -> Read | None:
    """What each flow node, flow, lane, pool and message says; None for a diagram that cannot be read."""
    root = _root(text)
    return None if root is None else {each.get("id", ""): (_name(each), _facts(each)) for each in _seen(root)}


def names(text: str) -> dict[str, Fact]:
    """What each element is called, by its id; one without a name is what stands beside it."""
    root = _root(text)
    if root is None:
        return {}
    beside = neighbours.of_unnamed(text.encode())
    return {
        id: _name(each) or beside.get(id, UnnamedElement(_kind(each)))
        for each in root.iter(f"{MODEL}*")
        if (id := each.get("id", ""))
    }


def standing(text: str) -> dict[str, UnnamedElement]:
    """Where each element without a name stands, and what each flow connects."""
    root = _root(text)
    if root is None:
        return {}
    unnamed = neighbours.of_unnamed(text.encode())
    unnamed = {
        each.get("id", ""): unnamed.get(each.get("id", ""), UnnamedElement(_kind(each)))
        for each in _seen(root)
        if not _name(each)
    }
    ends = {id: (name,) if isinstance(name, str) else () for id, name in names(text).items()}
    for flow in root.iter(f"{MODEL}sequenceFlow"):
        if _name(flow):
            before, after = (ends.get(flow.get(end, ""), ()) for end in ("sourceRef", "targetRef"))
            unnamed[flow.get("id", "")] = UnnamedElement(_kind(flow), before, after)
    return unnamed


def named(fact: Fact, known: Mapping[str, Fact]) -> Fact:
    """A fact with the names of the elements, forms and decisions that it mentions in place of their ids."""
    if not isinstance(fact, str) or fact in known:
        return known[fact] if isinstance(fact, str) else fact
    parts = [known.get(each) for each in BETWEEN.split(fact) if each]
    texts = [each for each in parts if isinstance(each, str)]
    return "、".join(texts) if texts and len(texts) == len(parts) else fact


def is_moved(before: str, after: str) -> bool:
    """Whether something that both have stands elsewhere on the page."""
    old, new = _drawn(before), _drawn(after)
    return any(new[id] != place for id, place in old.items() if id in new)


def _root(text: str) -> etree._Element | None:
    try:
        return xml.safe_parse(text.encode())
    except errors.Refusal:
        return None


def _seen(root: etree._Element) -> Iterator[etree._Element]:
    """The elements that people see as things of their own; what else has an id is said with what holds it."""
    for each in root.iter(f"{MODEL}*"):
        parent = each.getparent()
        is_held = parent is not None and _kind(parent) in HOLDERS
        if each.get("id") and is_held and _kind(each) not in FRAMES and not is_detail(each):
            yield each


def is_detail(element: etree._Element) -> bool:
    """Whether an element is said with what holds it, although it has an id: a loop, an event's definition."""
    return _kind(element).endswith(("LoopCharacteristics", "EventDefinition", "ioSpecification"))


def _facts(element: etree._Element) -> dict[str, str]:
    """What an element says: attributes, own texts, extension elements by kind and name."""
    facts = {"type": _kind(element)}
    facts |= {_tag(name): str(value) for name, value in element.attrib.items() if name != "id"}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if _kind(child) == "extensionElements":
            facts |= dict(_extensions(child))
        elif child.tag.startswith(MODEL) and _kind(child) not in NOT_COMPARED and not _is_thing(element, child):
            facts[_kind(child)] = _words(child)
    return facts


def _is_thing(element: etree._Element, child: etree._Element) -> bool:
    return _kind(element) in HOLDERS and bool(child.get("id")) and not is_detail(child)


def _words(element: etree._Element) -> str:
    """The texts within, and what it refers to; what it says in extensions or attributes besides."""
    text = " ".join("".join(map(str, element.itertext())).split())
    said = [
        str(value) for each in element.iter("{*}*") for name, value in each.attrib.items() if _tag(name) not in ("id", "type")
    ]
    return " ".join(each for each in (text, *said) if each)


def _extensions(holder: etree._Element) -> Iterator[tuple[str, str]]:
    for each in holder.iter("{*}*"):
        kind = _kind(each)
        if kind == "property":
            yield each.get("name") or "", each.get("value") or ""
        elif kind in ("input", "output"):
            yield f"{kind} {each.get('target')}", each.get("source") or ""
        elif kind == "header":
            yield f"header {each.get('key')}", each.get("value") or ""
        elif each is not holder:
            for name, value in each.attrib.items():
                yield f"{kind}.{_tag(name)}", str(value)


def _drawn(text: str) -> dict[str, str]:
    """Where each element stands in the drawing."""
    root = _root(text)
    places = {}
    for shape in root.iter("{*}BPMNShape", "{*}BPMNEdge") if root is not None else ():
        numbers = [
            f"{point.attrib}" for point in shape if isinstance(point.tag, str) and _kind(point) in ("Bounds", "waypoint")
        ]
        places[shape.get("bpmnElement") or ""] = "".join(numbers)
    return places


def _name(element: etree._Element) -> str:
    return " ".join((element.get("name") or "").split())


def _kind(element: etree._Element) -> str:
    return _tag(element.tag)


def _tag(name: object) -> str:
    return str(name).rpartition("}")[2]
