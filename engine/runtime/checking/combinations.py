"""Combinations that BPMN excludes or that contradict each other: refused before they are met at run time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from lxml import etree

from engine.runtime import graph
from engine.runtime.checking import ineffective
from engine.runtime.checking.rules import problem
from engine.runtime.program import DiagramProblem, Element, Event, Program
from engine.runtime.reading import event_definitions
from engine.runtime.reading.names import BPMN, local

_ENCLOSING = {"subProcess", "transaction", "adHocSubProcess", "callActivity"}
_ALWAYS_INTERRUPTING = {"error": "error", "cancel": "cancel"}
_CAUGHT_ONCE = {"error", "escalation", "message", "cancel", "compensate"}
_REFERRED = {"messageRef": "message", "signalRef": "signal", "errorRef": "error", "escalationRef": "escalation"}
_GONE = {
    "message": "The message “%(id)s” is not in this file.",
    "signal": "The signal “%(id)s” is not in this file.",
    "error": "The error “%(id)s” is not in this file.",
    "escalation": "The escalation “%(id)s” is not in this file.",
}
_ANY = {"error": "*", "escalation": "*"}  # without a code they catch all
_TIMES = ("timeDate", "timeDuration", "timeCycle")


def of_diagram(root: etree._Element) -> Iterator[DiagramProblem]:
    """What contradicts itself between elements that are associated, not connected."""
    handlers: dict[str, set[str]] = {}
    for activity, handler in event_definitions.compensations(root):
        handlers.setdefault(activity, set()).add(handler)
    beside = {(local(node), node.get("id")) for node in root}
    for node in ineffective.looked_at(root):
        yield from _gone(node, beside)
        if local(node) == "timerEventDefinition" and sum(node.find(BPMN + each) is not None for each in _TIMES) > 1:
            yield _of(_around(node), "The timer says more than one time; one is enough.")
        if len(handlers.get(node.get("id", ""), ())) > 1:
            yield _of(node, "The activity has more than one compensation handler.")
        loops = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
        if all(node.find(BPMN + loop) is not None for loop in loops):
            yield _of(node, "The activity is a loop and a multi-instance at once.")
        if local(node) == "eventBasedGateway" and node.get("instantiate") == "true":
            yield _of(node, "An event-based gateway cannot start a process; draw start events.")
        if local(node) == "eventBasedGateway" and node.get("eventGatewayType") == "Parallel":
            yield _of(node, "An event-based gateway takes the first event, it cannot wait for all.")


def _gone(node: etree._Element, beside: Collection[tuple[str, str | None]]) -> Iterator[DiagramProblem]:
    """What a node refers to and is not there: a wait for ever, or an event that catches everything instead."""
    is_met = local(node) in ("receiveTask", "sendTask") or local(node).endswith("EventDefinition")
    for attribute, kind in _REFERRED.items() if is_met else ():
        if node.get(attribute) and (kind, node.get(attribute)) not in beside:
            yield _of(_around(node), _GONE[kind], id=node.get(attribute))


def _around(node: etree._Element) -> etree._Element:
    """The event or task that a part of it belongs to."""
    parent = node.getparent()
    return parent if parent is not None and local(node).endswith("EventDefinition") else node


def _of(node: etree._Element, message: str, **values: object) -> DiagramProblem:
    return DiagramProblem(node.get("id", ""), node.get("name", ""), "error", message, values)


def of_program(program: Program) -> Iterator[DiagramProblem]:
    """What contradicts itself in one process."""
    handlers = {element.compensated_by for element in program.elements.values()}
    for element in program.elements.values():
        yield from _event(program, element)
        yield from _activity(program, element, is_handler=element.for_compensation or element.id in handlers)
        yield from _idle(program, element, handlers)
        if element.type == "eventBasedGateway":
            yield from _caught_twice((program.elements[program.flows[flow].target] for flow in element.outgoing), element)
    for host, events in program.boundaries.items():
        yield from _caught_twice(events, program.elements[host])
    yield from _subprocesses_caught_twice(program)
    yield from _links_caught_twice(program)


def _event(program: Program, element: Element) -> Iterator[DiagramProblem]:
    event = element.event or Event("none")
    if event.kind in _ALWAYS_INTERRUPTING and not element.interrupting and element.type in ("boundaryEvent", "startEvent"):
        yield problem(element, "A %(kind)s event always interrupts; it cannot be non-interrupting.", kind=event.kind)
    if event.kind == "compensate" and element.attached_to and element.outgoing:
        yield problem(element, "A compensation event has a handler, no sequence flow.")
    if event.kind == "compensate" and event.activity in program.elements and not _can_be_undone(program, event.activity or ""):
        yield problem(element, "The activity %(id)s to compensate has no handler.", id=event.activity)
    if event.kind == "link" and element.type == "intermediateThrowEvent" and element.outgoing:
        yield problem(element, "A link event leads on by its name, not by a sequence flow.")
    if event.kind == "link" and element.type == "intermediateCatchEvent" and element.incoming:
        yield problem(element, "No sequence flow may lead to this event.")
    if element.attached_to in program.elements and program.elements[element.attached_to or ""].event_subprocess:
        yield problem(element, "An event subprocess has no boundary events.")


def _idle(program: Program, element: Element, handlers: Collection[str | None]) -> Iterator[DiagramProblem]:
    """An event that never happens, or does nothing, because nothing stands there that it could be about."""
    event, host = element.event or Event("none"), program.elements.get(element.attached_to or "")
    if host is not None and event.kind in ("error", "escalation") and not _may_throw(host, event.kind):
        yield problem(element, "Nothing here can throw what this event waits for: it never happens.", "warning")
    throws = element.type in ("intermediateThrowEvent", "endEvent")
    if throws and event.kind == "compensate" and event.activity is None and handlers == {None}:
        yield problem(element, "Nothing here has a compensation handler: this event does nothing.", "warning")


def _may_throw(host: Element, kind: str) -> bool:
    """Whether an error or escalation can come out of an activity: from what it encloses or calls, an error from its job."""
    return host.type in _ENCLOSING or (kind == "error" and host.task_definition is not None)


def _activity(program: Program, element: Element, *, is_handler: bool) -> Iterator[DiagramProblem]:
    if is_handler and (element.incoming or element.outgoing):
        yield problem(element, "A compensation handler has no sequence flows.")
    if element.event_subprocess and element.multi_instance:
        yield problem(element, "An event subprocess cannot be repeated.")
    behind_events = any(program.elements[program.flows[flow].source].type == "eventBasedGateway" for flow in element.incoming)
    if behind_events and program.boundaries.get(element.id):
        yield problem(element, "A task behind an event-based gateway has no boundary events.")


def _can_be_undone(program: Program, activity: str) -> bool:
    inside = program.children.get(activity, ())
    return bool(program.elements[activity].compensated_by) or any(_can_be_undone(program, each.id) for each in inside)


def _caught_twice(events: Iterable[Element], at: Element) -> Iterator[DiagramProblem]:
    """Of two events that catch the same, one could never happen, or both would fight for it."""
    for name, count in Counter(filter(None, map(_caught, events))).items():
        if count > 1:
            yield problem(at, "Two events here catch the same: %(name)s.", name=name)


def _caught(element: Element) -> str:
    event = element.event
    if event is None or event.kind not in _CAUGHT_ONCE:
        return ""
    what = (event.name, event.correlation_key) if event.kind == "message" else (event.code or _ANY.get(event.kind),)
    return " ".join([event.kind, *(text for text in what if text)])


def _subprocesses_caught_twice(program: Program) -> Iterator[DiagramProblem]:
    for scope, inside in program.children.items():
        starts = [start for each in inside if each.event_subprocess for start in graph.starts(program, each.id)]
        around = program.elements[scope] if scope else Element(program.process_id, program.name, "process")
        yield from _caught_twice(starts, around)


def _links_caught_twice(program: Program) -> Iterator[DiagramProblem]:
    seen: set[tuple[str | None, str]] = set()
    for element in program.elements.values():
        if element.type == "intermediateCatchEvent" and element.event and element.event.kind == "link":
            where = (element.parent, element.event.name)
            if where in seen:
                yield problem(element, "Two link events with the name %(name)s catch here.", name=element.event.name)
            seen.add(where)
