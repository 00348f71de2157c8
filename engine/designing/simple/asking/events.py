"""What the event of an element waits for or does, as the panel's places `timer:…` and `message:…` name it."""

from __future__ import annotations

from lxml import etree

from engine.diagrams.laying_out import BPMN

KINDS = ("timer", "message")
TIMES = ("timeDuration", "timeDate", "timeCycle")
SUBSCRIPTION = "{http://camunda.org/schema/zeebe/1.0}subscription"
EXTENSIONS = f"{BPMN}extensionElements"


def read(element: etree._Element, place: str) -> str:
    """What stands at a place; empty for nothing."""
    if place.startswith("timer:"):
        time = _time(element)
        if time is None:
            return ""
        return str(etree.QName(time).localname) if place == "timer:kind" else (time.text or "").strip()
    message = _message(element)
    if message is None:
        return ""
    if place == "message:name":
        return str(message.get("name", ""))
    said = message.find(f"{EXTENSIONS}/{SUBSCRIPTION}")
    return "" if said is None else str(said.get("correlationKey", ""))


def write(element: etree._Element, place: str, value: str) -> None:
    """Puts a value at a place; an element without such an event stays as it is."""
    if place.startswith("timer:"):
        _write_time(element, place, value)
    elif element.find(f"{BPMN}messageEventDefinition") is not None or str(element.tag).endswith("receiveTask"):
        _write_message(element, place, value)


def _time(element: etree._Element) -> etree._Element | None:
    definition = element.find(f"{BPMN}timerEventDefinition")
    return None if definition is None else next(definition.iterchildren(*(f"{BPMN}{each}" for each in TIMES)), None)


def _write_time(element: etree._Element, place: str, value: str) -> None:
    definition = element.find(f"{BPMN}timerEventDefinition")
    if definition is None:
        return
    time = _time(element)
    if time is None:
        time = etree.SubElement(definition, f"{BPMN}timeDuration")
    if place == "timer:expression":
        time.text = value
    elif value in TIMES:
        time.tag = f"{BPMN}{value}"


def _message(element: etree._Element) -> etree._Element | None:
    """The message that an element names."""
    holder = element if element.get("messageRef") else element.find(f"{BPMN}messageEventDefinition")
    named = None if holder is None else holder.get("messageRef")
    all_ = element.getroottree().getroot().iterchildren(f"{BPMN}message")
    return next((each for each in all_ if named and each.get("id") == named), None)


def _write_message(element: etree._Element, place: str, value: str) -> None:
    message = _message(element)
    if message is None:
        message = _named(element)
    if place == "message:name":
        message.set("name", value)
        return
    holder = message.find(EXTENSIONS)
    if holder is None:
        holder = etree.SubElement(message, EXTENSIONS)
    said = holder.find(SUBSCRIPTION)
    if said is None:
        said = etree.SubElement(holder, SUBSCRIPTION)
    said.set("correlationKey", value)
    if not value:
        holder.remove(said)


def _named(element: etree._Element) -> etree._Element:
    """A new message that the element names."""
    root = element.getroottree().getroot()
    taken = {each.get("id") for each in root.iter("{*}*")}
    id = next(each for number in range(1, 10_000) if (each := f"message_{number}") not in taken)
    message = etree.Element(f"{BPMN}message", id=id)
    last = [*root.iterchildren(f"{BPMN}process", f"{BPMN}collaboration", f"{BPMN}message")][-1]
    last.addnext(message)
    definition = element.find(f"{BPMN}messageEventDefinition")
    (element if definition is None else definition).set("messageRef", id)
    return message
