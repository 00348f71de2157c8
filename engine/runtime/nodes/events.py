"""Events: start, intermediate catch and throw, boundary, end (BPMN 10.5, 13.5)."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import IntermediateCatchEventMixin as IntermediateCatchEvent
from SpiffWorkflow.bpmn.specs.mixins import IntermediateThrowEventMixin as IntermediateThrowEvent
from SpiffWorkflow.bpmn.specs.mixins import StartEventMixin as StartEvent

from engine.runtime.nodes import catching, subscriptions
from engine.runtime.nodes.activities import open_job
from engine.runtime.nodes.base import FlowNode, ProcessSpec
from engine.runtime.nodes.definitions import Catching, EventDefinition
from engine.runtime.program import Element, Event
from engine.runtime.tokens import Token, Tree
from engine.runtime.waits import AwaitedTask


class PassingEvent(Catching, StartEvent):
    """A start event or a link's target: whoever puts a token here has had the event, so to SpiffWorkflow it is a none event.

    A case that is sent back to whoever began it rests at its start event as at a user task.
    """

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        FlowNode.__init__(self, process, name, element, event_definition=NoneEventDefinition())

    def work(self, token: Token) -> bool:
        if not token.internal_data.get("asks"):
            return super().work(token)
        token.workflow.open(token, AwaitedTask(inputs={}))
        return False

    def prepare(self, token: Token) -> None:
        super().prepare(token)
        if token.internal_data.pop("asks", False):
            token.pass_step()


class BoundaryEvent(FlowNode):
    """An event at an activity; its subscription hangs on the activity, what follows lives beside it."""

    def happen(self, host: Token, variables: dict[str, Any]) -> None:
        """The event occurs at `host`: goes on from here; an interrupting one cancels the activity."""
        tree: Tree = host.workflow
        passing = tree.arrive(self, host.home)
        passing.trail = host.trail
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


class CatchEvent(Catching, IntermediateCatchEvent):
    """An intermediate catch event, met on the way or behind an event-based gateway."""

    def rest(self, token: Token) -> None:
        """Open what the event waits for. Raises `Failure`."""
        self.map_inputs(token)
        subscriptions.open_wait(token)


class ThrowEvent(FlowNode, IntermediateThrowEvent):
    """An intermediate throw event or a send task: throws and goes on."""

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        definition = EventDefinition(element.event or Event("none"))
        super().__init__(process, name, element, event_definition=definition)

    def enter(self, token: Token) -> bool:
        self.map_inputs(token)
        subscriptions.attach(token, self.boundaries)
        return True

    def work(self, token: Token) -> bool:
        if self.element.task_definition:
            open_job(token, self.element.task_definition, dict(self.element.headers))
            return False
        IntermediateThrowEvent._run_hook(self, token)
        return token.goes_on


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
