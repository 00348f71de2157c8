"""The rules of single elements: how they are connected, what they need, whether their FEEL can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from engine import errors, feel
from engine.basics import whole_numbers
from engine.problems import ElementName
from engine.runtime import graph
from engine.runtime.program import DiagramProblem, Element, Event, Program
from engine.runtime.reading.elements import ACTIVITIES

_START = {"none", "message", "timer", "signal"}
_SUBPROCESS_START = {"message", "timer", "signal", "conditional", "error", "escalation"}
_CATCH = {"message", "timer", "signal", "conditional", "link"}
_THROW = {"none", "message", "signal", "escalation", "compensate", "link"}
_END = {"none", "message", "signal", "escalation", "compensate", "error", "cancel", "terminate"}
_BOUNDARY = {"message", "timer", "signal", "conditional", "error", "escalation", "compensate", "cancel"}
_OTHER_ENGINES = re.compile(r"\s*[$#]\{.*", re.DOTALL)
_FOREIGN_WITHIN = re.compile(r"[$#]\{[^{}]*\}")  # in what is no expression here, "paid-${order}" is a text and would stay so
MOST_PRIORITY = 100
NO_PRIORITY = "%(text)s is no priority: write a number from 0 to %(most)s."
_TIMER_TEXT = re.compile(r"\S(.*\S)?", re.DOTALL)


def problem(element: Element, message: str, /, severity: str = "error", **values: object) -> DiagramProblem:
    """A problem of an element."""
    return DiagramProblem(element.id, element.name, severity, message, values)


def structure(program: Program, element: Element) -> Iterator[DiagramProblem]:
    """How the element is connected."""
    yield from _ends(program, element)
    if element.type == "exclusiveGateway" or element.type == "inclusiveGateway":
        yield from _conditions(program, element)
    yield from _pointless(program, element)
    if element.type == "eventBasedGateway":
        yield from _event_gateway(program, element)
    if element.type == "complexGateway":
        yield problem(element, "A complex gateway cannot run.")
    if element.event_subprocess and (element.incoming or element.outgoing):
        yield problem(element, "An event subprocess has no sequence flows.")


def _ends(program: Program, element: Element) -> Iterator[DiagramProblem]:
    if element.type in ("startEvent", "boundaryEvent") and element.incoming:
        yield problem(element, "No sequence flow may lead to this event.")
    if element.type == "endEvent" and element.outgoing:
        yield problem(element, "No sequence flow may leave an end event.")


def unreachable(program: Program) -> Iterator[DiagramProblem]:
    """Elements that no token can come to."""
    begin = [element.id for element in program.elements.values() if element.type == "startEvent"]
    reached = graph.reachable(program, begin)
    for element in program.elements.values():
        if element.id not in reached and not _stands_alone(program, element):
            severity = "error" if element.type == "userTask" else "warning"  # work that somebody drew and nobody would get
            yield problem(element, "Nothing leads to this element.", severity)


def _stands_alone(program: Program, element: Element) -> bool:
    inside = program.elements[element.parent].type if element.parent else ""
    return (
        element.event_subprocess
        or any(each.compensated_by == element.id for each in program.elements.values())
        or inside == "adHocSubProcess"
        or (element.event is not None and element.event.kind == "compensate")
    )


def _conditions(program: Program, element: Element) -> Iterator[DiagramProblem]:
    if len(element.outgoing) < 2:
        return
    for flow in (program.flows[flow] for flow in element.outgoing):
        if flow.condition is None and flow.id != element.default:
            yield DiagramProblem(
                flow.id,
                flow.name,
                "error",
                "The sequence flow of the gateway %(gateway)s has no condition and is not the default.",
                {"gateway": ElementName(element.name, element.type)},
            )


def _pointless(program: Program, element: Element) -> Iterator[DiagramProblem]:
    """Conditions that nobody asks."""
    if element.default and element.type in ("parallelGateway", "eventBasedGateway"):
        yield problem(element, "A default flow has no effect at this gateway.", "warning")
    for flow in (program.flows[flow] for flow in element.outgoing):
        is_asked = element.type not in ("parallelGateway", "eventBasedGateway")
        if flow.condition is not None and (not is_asked or flow.id == element.default):
            message = "The condition of this sequence flow has no effect."
            yield DiagramProblem(flow.id, flow.name, "warning", message)


def _event_gateway(program: Program, element: Element) -> Iterator[DiagramProblem]:
    for flow in element.outgoing:
        target = program.elements[program.flows[flow].target]
        catches = target.event is not None and target.event.kind in (_CATCH - {"link"})
        if target.type not in ("intermediateCatchEvent", "receiveTask") or not catches or len(target.incoming) != 1:
            yield problem(target, "Behind an event-based gateway there must be events that only it leads to.")


def attributes(program: Program, element: Element) -> Iterator[DiagramProblem]:
    """What the element needs to run."""
    if element.type in ("serviceTask",) and element.task_definition is None:
        yield problem(element, "The service task names no job type.")
    if element.task_definition is not None and not element.task_definition.type:
        yield problem(element, "The service task names no job type.")
    if element.type == "sendTask" and element.task_definition is None and element.event is None:
        yield problem(element, "The send task names neither a message nor a job type.")
    if element.type == "receiveTask" and element.event is None:
        yield problem(element, "The receive task names no message.")
    if element.type in ("receiveTask", "sendTask") and element.event is not None:
        yield from _message(element, element.event, throws=element.type == "sendTask")
    if element.type == "callActivity" and not element.called_process_id:
        yield problem(element, "The call activity names no process.")
    if element.type == "businessRuleTask" and not (element.decision_id or element.task_definition):
        yield problem(element, "The business rule task names neither a decision nor a job type.")
    if element.type == "businessRuleTask" and element.decision_id and not element.result_variable:
        yield problem(element, "The business rule task names no result variable.")
    if element.type == "scriptTask" and element.script is None and element.task_definition is None:
        yield problem(element, "The script task has no FEEL expression.")
    if element.task_definition and not _may_be_whole(element.task_definition.retries):
        yield problem(element, "%(text)s is no number of retries.", text=element.task_definition.retries)
    if element.priority and not (feel.is_expression(element.priority) or priority(element.priority) is not None):
        yield problem(element, NO_PRIORITY, text=element.priority, most=MOST_PRIORITY)
    if element.active_elements and not feel.is_expression(element.active_elements):
        yield problem(element, "%(text)s must be an expression that gives a list.", text=element.active_elements)
    yield from _loop(element)
    yield from _event(program, element)


def _loop(element: Element) -> Iterator[DiagramProblem]:
    loop = element.multi_instance
    if loop is None:
        return
    if loop.standard:
        if loop.unread_maximum:
            yield problem(element, "%(text)s is no number of rounds.", text=loop.unread_maximum)
        elif not loop.loop_condition and loop.loop_maximum is None:
            yield problem(element, "The loop has neither a condition nor a maximum.")
    elif not loop.input_collection and not loop.cardinality:
        yield problem(element, "The multi-instance activity names no input collection.")
    elif loop.input_collection and not feel.is_expression(loop.input_collection):
        yield problem(element, "%(text)s must be an expression that gives a list.", text=loop.input_collection)
    elif loop.cardinality and not _may_be_whole(loop.cardinality):
        yield problem(element, "%(text)s is no number of instances.", text=loop.cardinality)
    elif bool(loop.output_collection) != bool(loop.output_element):
        yield problem(element, "Output collection and output element go together; one is missing.")


def priority(value: object) -> int | None:
    """The priority that a value says (Camunda 8: 0 to 100), None for what is none."""
    is_whole = isinstance(value, Decimal) and value == value.to_integral_value()
    number = whole_numbers.read(f"{value:.0f}" if is_whole else str(value).strip())
    return number if number is not None and number <= MOST_PRIORITY else None


def _may_be_whole(text: str) -> bool:
    return feel.is_expression(text) or whole_numbers.count(text.strip()) is not None


def _event(program: Program, element: Element) -> Iterator[DiagramProblem]:
    event = element.event or Event("none")
    allowed = _allowed(program, element)
    if allowed is None:
        return
    if event.kind == "multiple":
        yield problem(element, "An event with several event definitions cannot run; draw one event for each.")
    elif event.kind == "none" and "none" not in allowed:
        yield problem(element, "The event does not say what it waits for.")
    elif event.kind not in allowed:
        yield problem(element, "A %(kind)s event cannot stand here.", kind=event.kind)
    else:
        yield from _definition(program, element, event)


def _allowed(program: Program, element: Element) -> set[str] | None:
    if element.type == "startEvent":
        return _SUBPROCESS_START if graph.is_event_subprocess_start(program, element) else _START
    kinds = {"intermediateCatchEvent": _CATCH, "intermediateThrowEvent": _THROW, "endEvent": _END, "boundaryEvent": _BOUNDARY}
    return kinds.get(element.type)


def _definition(program: Program, element: Element, event: Event) -> Iterator[DiagramProblem]:
    throws = element.type in ("intermediateThrowEvent", "endEvent")
    if event.kind == "message":
        yield from _message(element, event, throws=throws)
    if event.kind == "signal" and not event.name:
        yield problem(element, "The signal of this event has no name.")
    if event.kind == "timer" and (event.timer is None or not _TIMER_TEXT.fullmatch(event.timer.expression)):
        yield problem(element, "The timer says neither a date, nor a duration, nor a cycle.")
    if event.kind in ("error", "escalation") and throws and event.code is None:
        yield problem(element, "The event throws no code.")
    if event.kind == "conditional" and not event.condition:
        yield problem(element, "The event has no condition.")
    if event.kind == "link" and throws and element.id not in graph.links(program):
        yield problem(element, "No link event with the name %(name)s catches here.", name=event.name)
    yield from _cancel_and_compensation(program, element, event)


def _message(element: Element, event: Event, *, throws: bool) -> Iterator[DiagramProblem]:
    if not event.name and element.task_definition is None:
        yield problem(element, "The message has no name.")
    elif not throws and event.correlation_key is None and not _starts(element):
        yield problem(element, "The message %(name)s has no correlation key.", name=event.name)


def _starts(element: Element) -> bool:
    return element.type == "startEvent" and element.parent is None


def _cancel_and_compensation(program: Program, element: Element, event: Event) -> Iterator[DiagramProblem]:
    if event.kind == "cancel":
        transaction = program.elements.get((element.attached_to if element.attached_to else element.parent) or "")
        if transaction is None or transaction.type != "transaction":
            yield problem(element, "A cancel event belongs to a transaction.")
        elif element.type == "endEvent" and not any(
            other.event and other.event.kind == "cancel" for other in program.boundaries.get(transaction.id, ())
        ):
            yield problem(element, "The transaction has no cancel boundary event.")
    if event.kind == "compensate" and element.attached_to:
        handler = program.elements.get(program.elements[element.attached_to].compensated_by or "")
        if handler is None or handler.type not in ACTIVITIES:
            yield problem(element, "The compensation event has no handler.")
    if event.activity is not None and event.activity not in program.elements:
        yield problem(element, "The activity %(id)s to compensate is not there.", id=event.activity)


def texts(program: Program, element: Element, functions: frozenset[str]) -> Iterator[DiagramProblem]:
    """Whether every FEEL expression of the element can be read."""
    for text in written(program, element):
        if text and (_OTHER_ENGINES.fullmatch(text) or (not feel.is_expression(text) and _FOREIGN_WITHIN.search(text))):
            yield problem(
                element, "%(text)s is an expression of another engine; write it in FEEL, beginning with =.", text=text
            )
            continue
        if not text or not feel.is_meant(text):
            continue
        for fault in feel.problems(feel.body(text), functions=functions):
            severity = "error" if fault.severity == "error" else "warning"
            yield problem(
                element,
                "In the expression %(expression)s: %(reason)s",
                severity,
                expression=text,
                reason=errors.Refusal(fault.message, fields=None, **fault.values),
            )


def written(program: Program, element: Element) -> Iterator[str | None]:
    """The texts of an element, and of the sequence flows that leave it, that may be expressions."""
    yield from (
        element.assignee,
        element.candidate_users,
        element.candidate_groups,
        element.due_date,
        element.priority,
        element.called_process_id,
        element.decision_id,
        element.script,
        element.active_elements,
        _condition(element.completion_condition),
    )
    yield from (mapping.source for mapping in (*element.inputs, *element.outputs))
    yield from element.properties.values()
    if element.task_definition:
        yield from (element.task_definition.type, element.task_definition.retries)
    if element.multi_instance:
        loop = element.multi_instance
        yield from (loop.input_collection, loop.output_element, loop.cardinality)
        yield from (_condition(loop.completion_condition), _condition(loop.loop_condition))
    if element.event:
        event = element.event
        yield from (event.name, event.code, event.correlation_key, _condition(event.condition))
        yield event.timer.expression if event.timer else None
    for flow in element.outgoing:
        yield _condition(program.flows[flow].condition or "")


def _condition(text: str) -> str:
    """A condition is FEEL with or without the leading "="."""
    return text if not text or feel.is_expression(text) or _OTHER_ENGINES.fullmatch(text) else "=" + text
