"""Events: start, intermediate catch and throw, boundary, end (BPMN 10.5, 13.5)."""

from __future__ import annotations

from typing import Any

from engine.runtime import expressions
from engine.runtime.nodes import catching, compensation, subscriptions
from engine.runtime.nodes.activities import open_job
from engine.runtime.nodes.base import FlowNode
from engine.runtime.program import Event
from engine.runtime.tokens import Failure, Token, Tree

UNCAUGHT_PAST = "The error %(error_code)s ends nothing any more: the case is past its point of no return."


class PassingEvent(FlowNode):
    """A none start event or a link's target: whoever puts a token here has had the event."""


class BoundaryEvent(FlowNode):
    """An event at an activity; its subscription hangs on the activity, what follows lives beside it."""

    def happen(self, host: Token, variables: dict[str, Any]) -> None:
        """The event occurs at `host`: goes on from here; an interrupting one cancels the activity."""
        tree: Tree = host.workflow
        passing = tree.arrive(self, host.home)
        self.receive(passing, variables)
        self._update(passing)
        if self.element.interrupting:
            host.cancel()


class EventSubprocessStart(FlowNode):
    """The start event of an event subprocess; its subscription hangs on the scope around it."""

    def happen(self, host: Token, variables: dict[str, Any]) -> None:
        """The event occurs in the scope `host`; an interrupting one cancels what runs there."""
        tree: Tree = host.workflow
        if self.element.interrupting:
            catching.clear(host)
        container = tree.arrive(self.process.node(self.element.parent or ""), host)
        container.internal_data["start"] = self.element.id
        if self.element.outputs:
            container.internal_data["carried"] = variables
        else:
            # Without mappings the event's variables are the event subprocess's own (Camunda 8).
            container.data.update(variables)
        container._ready()


class CatchEvent(FlowNode):
    """An intermediate catch event, met on the way or behind an event-based gateway."""

    def enter(self, token: Token) -> bool:
        self.map_inputs(token)
        subscriptions.open_wait(token)
        return False


class ThrowEvent(FlowNode):
    """An intermediate throw event or a send task: throws and goes on."""

    def enter(self, token: Token) -> bool:
        self.map_inputs(token)
        subscriptions.attach(token, self.boundaries)
        return True

    def work(self, token: Token) -> bool:
        if self.element.task_definition:
            open_job(token, self.element.task_definition, dict(self.element.headers))
            return False
        return throw(token, self.element.event or Event("none"))


class EndEvent(ThrowEvent):
    """An end event: throws, and the token ends here."""

    def on_left(self, token: Token) -> None:
        tree: Tree = token.workflow
        if token.home is tree.root and self.element.id not in tree.ended:
            tree.ended.append(self.element.id)
        kind = self.element.event.kind if self.element.event else "none"
        if kind == "terminate" and catching.is_bound(token):
            return  # past the point of no return it ends itself alone: the rest is finished
        if kind == "terminate":
            catching.clear(token.home)
        elif kind == "cancel" and not catching.throw(token, "cancel", "", {}):
            token.home.cancel()


def throw(token: Token, event: Event) -> bool:
    """Throw an event from `token`; False when the token may not go on by itself. Raises `Failure`."""
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
        told = UNCAUGHT_PAST if catching.is_bound(token) else "Nothing catches the error %(error_code)s."
        raise Failure(told, error_code=code)
    return False


def _throw_escalation(token: Token, event: Event) -> bool:
    code = expressions.string(token, event.code or "")
    if not catching.throw(token, "escalation", code, dict(token.data)):
        token.workflow.throw(token, "escalation", code, None)
    return not token.is_finished
