"""Where a setting lives in the XML: read and written by the `place` that the panel of the diagram gives a field.

`name`, `documentation`, `condition`; `attribute:…` of the element, `timer:…` and `message:…` of an event, `property:…` of its
zeebe:properties, or an element of its extensions with an attribute (`zeebe:AssignmentDefinition:candidateGroups`).
"""

from __future__ import annotations

from lxml import etree

from engine.designing.simple.asking import events
from engine.diagrams.laying_out import BPMN

INTERRUPTS = "attribute:cancelActivity"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
EXTENSIONS, CONDITION, DOCUMENTATION = f"{BPMN}extensionElements", f"{BPMN}conditionExpression", f"{BPMN}documentation"
FIRST = (DOCUMENTATION, EXTENSIONS)


def properties(element: etree._Element) -> dict[str, str]:
    """The zeebe:properties of an element."""
    elements = element.iterfind(f"{EXTENSIONS}/{ZEEBE}properties/{ZEEBE}property")
    return {str(each.get("name")): each.get("value", "") for each in elements}


def condition(flow: etree._Element) -> str:
    """The condition of a sequence flow as it is written, empty for none."""
    return (flow.findtext(CONDITION) or "").strip()


def read(element: etree._Element, place: str) -> str:
    """What stands at a place of an element; empty for nothing."""
    if place == "name":
        return str(element.get("name", ""))
    if place == "documentation":
        return element.findtext(DOCUMENTATION) or ""
    if place == "condition":
        return condition(element)
    kind, _, name = place.partition(":")
    if kind == "attribute":
        return str(element.get(name, ""))
    if kind in events.KINDS:
        return events.read(element, place)
    if kind == "property":
        return properties(element).get(name, "")
    extension = element.find(f"{EXTENSIONS}/{_extension(place)[0]}")
    return "" if extension is None else str(extension.get(_extension(place)[1], ""))


def write(element: etree._Element, place: str, value: str) -> None:
    """Puts a value at a place of an element, or takes it away where it is empty; what stands there already is left alone."""
    if read(element, place) == value:
        return
    if place == "name":
        _set(element, "name", value)
    elif place == "documentation":
        _write_text(element, DOCUMENTATION, value, 0)
    elif place == "condition":
        _write_text(element, CONDITION, value, len(element))
    elif place.startswith("attribute:"):
        _set(element, place.removeprefix("attribute:"), value)
    elif place.partition(":")[0] in events.KINDS:
        events.write(element, place, value)
    elif place.startswith("property:"):
        _write_property(element, place.removeprefix("property:"), value)
    else:
        _write_extension(element, place, value)


def _write_text(element: etree._Element, tag: str, value: str, at: int) -> None:
    old = element.find(tag)
    if not value:
        if old is not None:
            element.remove(old)
        return
    if old is None:
        old = etree.Element(tag)
        element.insert(at, old)
    old.text = value


def _write_property(element: etree._Element, name: str, value: str) -> None:
    path = f"{EXTENSIONS}/{ZEEBE}properties/{ZEEBE}property"
    old = next((each for each in element.iterfind(path) if each.get("name") == name), None)
    if not value:
        if old is not None:
            _remove(old)
    elif old is not None:
        old.set("value", value)
    else:
        etree.SubElement(_within(extensions(element), f"{ZEEBE}properties"), f"{ZEEBE}property", name=name, value=value)


def _write_extension(element: etree._Element, place: str, value: str) -> None:
    tag, attribute = _extension(place)
    old = element.find(f"{EXTENSIONS}/{tag}")
    if value:
        _within(extensions(element), tag).set(attribute, value)
    elif old is not None:
        old.attrib.pop(attribute, "")
        if not old.attrib and not len(old):
            _remove(old)


def _remove(element: etree._Element) -> None:
    """Takes an extension away, and what holds nothing more without it."""
    holder = element.getparent()
    assert holder is not None
    holder.remove(element)
    if not len(holder) and holder.tag in (EXTENSIONS, f"{ZEEBE}properties"):
        _remove(holder)


def extensions(element: etree._Element) -> etree._Element:
    """The extensions of an element, made where it has none."""
    extension = element.find(EXTENSIONS)
    if extension is None:
        extension = etree.Element(EXTENSIONS)
        element.insert(1 if element.find(DOCUMENTATION) is not None else 0, extension)
    return extension


def _within(holder: etree._Element, tag: str) -> etree._Element:
    child = holder.find(tag)
    return etree.SubElement(holder, tag) if child is None else child


def _extension(place: str) -> tuple[str, str]:
    """The tag and attribute of a place such as zeebe:AssignmentDefinition:candidateGroups."""
    _prefix, name, attribute = place.split(":")
    return f"{ZEEBE}{name[0].lower()}{name[1:]}", attribute


def _set(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)
    else:
        element.attrib.pop(name, "")
