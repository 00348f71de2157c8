"""Read event definitions, and what they refer to: messages, signals, errors, escalations, compensation."""

from __future__ import annotations

from lxml import etree

from engine.runtime.program import Event, Timer
from engine.runtime.reading.names import BPMN, ZEEBE, local

_TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
_SUFFIX = "EventDefinition"


class Catalogue:
    """The definitions beside the processes, by id, and who compensates whom."""

    def __init__(self, root: etree._Element) -> None:
        self.named = {node.get("id", ""): node for node in root if local(node)}
        self.compensated_by = dict(compensations(root))


def compensations(root: etree._Element) -> list[tuple[str, str]]:
    """Pairs of an activity and its handler: a compensation boundary event associates them."""
    hosts = {
        event.get("id"): event.get("attachedToRef", "")
        for event in root.iter(BPMN + "boundaryEvent")
        if event.find(BPMN + "compensateEventDefinition") is not None
    }
    return [
        (hosts[link.get("sourceRef")], link.get("targetRef", ""))
        for link in root.iter(BPMN + "association")
        if link.get("sourceRef") in hosts
    ]


def read(node: etree._Element, catalogue: Catalogue) -> Event | None:
    """The event definition of an event, send or receive task; None for a none event or no event at all."""
    if local(node) in ("receiveTask", "sendTask"):
        return _message(node, catalogue) if node.get("messageRef") else None
    definitions = [child for child in node if local(child).endswith(_SUFFIX)]
    if not definitions or local(node) in ("process", "subProcess"):
        return None
    if len(definitions) > 1:
        return Event("multiple")
    return _event(definitions[0], catalogue)


def _event(definition: etree._Element, catalogue: Catalogue) -> Event:
    kind = local(definition)[: -len(_SUFFIX)]
    if kind == "message":
        return _message(definition, catalogue)
    if kind == "timer":
        return Event("timer", timer=_timer(definition))
    if kind == "signal":
        return Event("signal", name=_referred(definition, "signalRef", "name", catalogue) or "")
    if kind in ("error", "escalation"):
        return Event(kind, code=_referred(definition, kind + "Ref", kind + "Code", catalogue) or None)
    if kind == "conditional":
        return Event("conditional", condition=(definition.findtext(BPMN + "condition") or "").strip())
    if kind == "link":
        return Event("link", name=definition.get("name", ""))
    return Event(kind, activity=definition.get("activityRef"))


def _message(node: etree._Element, catalogue: Catalogue) -> Event:
    message = catalogue.named.get(node.get("messageRef", ""))
    if message is None:
        return Event("message")
    subscription = message.find(f"{BPMN}extensionElements/{ZEEBE}subscription")
    key = None if subscription is None else subscription.get("correlationKey")
    return Event("message", name=message.get("name", ""), correlation_key=key)


def _timer(definition: etree._Element) -> Timer | None:
    for child in definition:
        if local(child) in _TIMERS:
            return Timer(_TIMERS[local(child)], (child.text or "").strip())
    return None


def _referred(definition: etree._Element, reference: str, attribute: str, catalogue: Catalogue) -> str | None:
    target = catalogue.named.get(definition.get(reference, ""))
    return None if target is None else target.get(attribute)
