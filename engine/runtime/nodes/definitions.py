"""Event definitions as SpiffWorkflow's event specs use them: how an event is thrown, what catching it means."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition as SpiffEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent

from engine.runtime import expressions
from engine.runtime.nodes import catching, compensation
from engine.runtime.nodes.base import FlowNode, ProcessSpec
from engine.runtime.program import Element, Event
from engine.runtime.tokens import Failure, Token

UNCAUGHT_PAST = "The error %(error_code)s ends nothing any more: the case is past its point of no return."


class EventDefinition(SpiffEventDefinition):
    """An event of the diagram; that it was caught is kept on the token, as SpiffWorkflow does it."""

    def __init__(self, event: Event) -> None:
        super().__init__(event.name)
        self.event = event

    def update_task(self, my_task: Token) -> None:
        """SpiffWorkflow asks this of a token whose event has not come: it rests. Raises `Failure`."""
        my_task.task_spec.rest(my_task)

    def throw(self, my_task: Token) -> None:
        """Throw the event from the token; `Token.goes_on` says whether it may leave. Raises `Failure`."""
        my_task.goes_on = _throw(my_task, self.event)


class Catching(FlowNode, CatchingEvent):
    """A node that waits for its event as SpiffWorkflow's catching events do."""

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        super().__init__(process, name, element, event_definition=EventDefinition(element.event or Event("none")))

    def rest(self, token: Token) -> None:
        """Open what the token waits for. Raises `Failure`."""
        raise NotImplementedError

    def enter(self, token: Token) -> bool:
        return bool(CatchingEvent._update_hook(self, token))

    def work(self, token: Token) -> bool:
        return bool(CatchingEvent._run_hook(self, token))

    def _on_ready_hook(self, my_task: Token) -> None:
        CatchingEvent._on_ready_hook(self, my_task)
        super()._on_ready_hook(my_task)


def _throw(token: Token, event: Event) -> bool:
    if event.kind in ("message", "signal"):
        return _publish(token, event)
    if event.kind == "error":
        return _throw_error(token, event)
    if event.kind == "escalation":
        return _throw_escalation(token, event)
    if event.kind == "compensate":
        return compensation.start(token, token.home, event.activity)
    if event.kind == "cancel":
        if catching.is_bound(token):
            raise Failure("A transaction cannot be cancelled past the point of no return.")
        catching.clear(token.home, keep=token)
        return compensation.start(token, token.home, None)
    return True


def _publish(token: Token, event: Event) -> bool:
    key = None
    if event.kind == "message" and event.correlation_key is not None:
        key = expressions.string(token, event.correlation_key)
    name = expressions.string(token, event.name)
    token.workflow.throw(token, event.kind, name, key)
    if event.kind == "signal":
        # What it meets in its own process is decided here: the process may end before the world has heard of it.
        catching.signal(token.workflow, name, dict(token.data))
    return not token.is_finished


def _throw_error(token: Token, event: Event) -> bool:
    code = expressions.string(token, event.code or "")
    if not catching.throw(token, "error", code, dict(token.data)):
        told = (
            UNCAUGHT_PAST
            if catching.is_bound(token)
            else "It reported the error %(error_code)s, and the process does not say what happens then."
        )
        raise Failure(told, error_code=code)
    return False


def _throw_escalation(token: Token, event: Event) -> bool:
    code = expressions.string(token, event.code or "")
    if not catching.throw(token, "escalation", code, dict(token.data)):
        token.workflow.throw(token, "escalation", code, None)
    return not token.is_finished
