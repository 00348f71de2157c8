"""Scopes: the process itself, subprocesses of every kind (BPMN 10.3.5, 13.3.4)."""

from __future__ import annotations

from engine.runtime import expressions
from engine.runtime.nodes import catching, compensation, subscriptions
from engine.runtime.nodes.base import FlowNode, ProcessSpec
from engine.runtime.program import Element
from engine.runtime.tokens import Failure, Token


class Scope(FlowNode):
    """What encloses tokens; over when none is under way inside any more."""

    starts: tuple[FlowNode, ...] = ()

    def enter(self, token: Token) -> bool:
        self.map_inputs(token)
        subscriptions.attach(token, self.boundaries)
        return True

    def open(self, token: Token) -> None:
        """Make the scope ready for tokens that are put inside from outside: no start event is passed."""
        self.enter(token)
        subscriptions.attach(token, self.event_starts)

    def work(self, token: Token) -> bool:
        subscriptions.attach(token, self.event_starts)
        start = self.start_of(token)
        first = token.workflow.arrive(start, token)
        start.receive(first, token.internal_data.pop("carried", {}))
        start._update(first)
        return False

    def start_of(self, token: Token) -> FlowNode:
        """Where the first token inside goes: the start that was asked for, else the scope's own."""
        wanted = token.internal_data.pop("start", None)
        return self.process.node(wanted) if wanted else self.starts[0]

    def inner_completed(self, token: Token, inner: Token) -> None:
        if not token.has_work:
            self.finish(token)

    def on_left(self, token: Token) -> None:
        compensation.remember(token)


class Process(Scope):
    """The process instance as the outermost scope."""

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        super().__init__(process, name, element)
        self.is_place = False

    def finish(self, token: Token) -> None:
        token.complete()

    def on_left(self, token: Token) -> None:
        token.workflow.completed = True


class AdHocSubprocess(Scope):
    """Activities in any order: those named by `activeElementsCollection`, else all that nothing leads to."""

    def work(self, token: Token) -> bool:
        subscriptions.attach(token, self.event_starts)
        chosen = self._chosen(token)
        for spec in chosen:
            child = token.workflow.arrive(spec, token)
            spec._update(child)
        return not chosen

    def _chosen(self, token: Token) -> list[FlowNode]:
        inside = self.process.program.children.get(self.element.id, ())
        if not self.element.active_elements:
            return [
                self.process.node(element.id)
                for element in inside
                if not element.incoming
                and not element.attached_to
                and not element.event_subprocess
                and not element.for_compensation
            ]
        names = expressions.collection(token, self.element.active_elements)
        known = {element.id for element in inside}
        for name in names:
            if name not in known:
                raise Failure("There is no step “%(id)s” to be done here.", id=str(name))
        return [self.process.node(str(name)) for name in names]

    def inner_completed(self, token: Token, inner: Token) -> None:
        self.check(token)

    def review(self, token: Token) -> None:
        """Evaluate the completion condition; once it held, nothing new is needed to end."""
        condition = self.element.completion_condition
        if condition and not token.internal_data.get("done"):
            token.internal_data["done"] = expressions.condition(token, condition)
        if token.internal_data.get("done") and self.element.cancel_remaining:
            catching.clear(token)
        if not token.has_work:
            self.finish(token)
