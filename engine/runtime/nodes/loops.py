"""Bodies of repeated activities: multi-instance (BPMN 13.3.7, Camunda 8) and the standard loop (13.3.6)."""

from __future__ import annotations

import re
from typing import Any

from engine.runtime import expressions, scopes
from engine.runtime.nodes import catching, compensation, subscriptions
from engine.runtime.nodes.base import FlowNode, ProcessSpec
from engine.runtime.program import Element, MultiInstance
from engine.runtime.tokens import Failure, Token

MAX_ITEMS = 5_000  # tokens of one body; each may open a task of its own

# "=result" or "=result.total": the variable that a round must keep to itself (Camunda 8).
_PATH = re.compile(r"=\s*(\w+)(\s*\.\s*\w+)*\s*")


class Body(FlowNode):
    """What the kinds of repetition share: rounds are tokens of `inner_spec` inside the body's token."""

    def __init__(self, process: ProcessSpec, name: str, element: Element, inner_spec: FlowNode) -> None:
        super().__init__(process, name, element)
        self.is_place = False
        self.inner_spec = inner_spec
        self.loop = element.multi_instance or MultiInstance()

    def map_inputs(self, token: Token) -> None:
        """The input mappings belong to each round."""

    def on_left(self, token: Token) -> None:
        compensation.remember(token)

    def start_round(self, token: Token, item: dict[str, Any]) -> None:
        """Begin one more round with these variables of its own."""
        token.internal_data["started"] += 1
        inner = token.workflow.arrive(self.inner_spec, token)
        inner.data.update(item, loopCounter=token.internal_data["started"])
        self.inner_spec._update(inner)

    def inner_completed(self, token: Token, inner: Token) -> None:
        token.internal_data["completed"] += 1
        self.check(token)


class MultiInstanceBody(Body):
    """One round per item of a collection, at once or one after the other."""

    def enter(self, token: Token) -> bool:
        items = self._items(token)
        token.internal_data.update(items=items, total=len(items), started=0, completed=0)
        if self.loop.output_collection:
            token.data[self.loop.output_collection] = [None] * len(items)
        subscriptions.attach(token, self.boundaries)
        return True

    def _items(self, token: Token) -> list[Any]:
        if self.loop.input_collection:
            items = expressions.collection(token, self.loop.input_collection)
            _measure(len(items))
            return items
        count = expressions.whole(token, self.loop.cardinality)
        _measure(count)
        return [None] * count

    def work(self, token: Token) -> bool:
        state = token.internal_data
        for _ in state["items"][:1] if self.loop.sequential else state["items"]:
            self._next(token)
        if not self.loop.sequential:
            del state["items"]
        return not token.has_work

    def _next(self, token: Token) -> None:
        item: dict[str, Any] = {self._result: None} if self._result else {}
        value = token.internal_data["items"][token.internal_data["started"]]
        if self.loop.input_element:
            item[self.loop.input_element] = value
        self.start_round(token, item)

    @property
    def _result(self) -> str:
        """The variable that the output element reads."""
        path = _PATH.fullmatch(self.loop.output_element)
        return path.group(1) if path else ""

    def keeps(self, name: str) -> bool:
        """What a round maps to the output element's variable is its own, or rounds would overwrite each other's (Camunda 8)."""
        return name == self._result

    def collect(self, token: Token, inner: Token) -> None:
        if not (self.loop.output_collection and self.loop.output_element):
            return
        collected = list(token.data[self.loop.output_collection])
        index = int(inner.data["loopCounter"]) - 1
        collected[index] = expressions.evaluate(inner, self.loop.output_element)
        token.data[self.loop.output_collection] = collected

    def map_outputs(self, token: Token) -> None:
        name = self.loop.output_collection
        if name:
            scopes.write(token.home, {name: token.data[name]})

    def review(self, token: Token) -> None:
        text = self.loop.completion_condition
        if text and expressions.condition(token, text, self._counts(token)):
            catching.clear(token)
        elif token.internal_data["started"] < token.internal_data["total"]:
            self._next(token)
        if not token.has_work:
            self.finish(token)

    def _counts(self, token: Token) -> dict[str, Any]:
        state = token.internal_data
        active = sum(not inner.attached for inner in token.inner.values())
        return {
            "numberOfInstances": state["total"],
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": state["completed"],
            "numberOfTerminatedInstances": state["started"] - state["completed"] - active,
        }


def _measure(items: int) -> None:
    if items > MAX_ITEMS:
        raise Failure("The list has more than %(limit)s entries; they cannot be done one by one.", limit=MAX_ITEMS)


class LoopBody(Body):
    """BPMN's standard loop: again while the condition holds, at most `loopMaximum` times."""

    def enter(self, token: Token) -> bool:
        token.internal_data.update(started=0, completed=0)
        subscriptions.attach(token, self.boundaries)
        return True

    def work(self, token: Token) -> bool:
        if self.loop.test_before and not self._again(token):
            return True
        self.start_round(token, {})
        return False

    def map_outputs(self, token: Token) -> None:
        """The output mappings belong to each round."""

    def review(self, token: Token) -> None:
        if self._again(token):
            self.start_round(token, {})
        else:
            self.finish(token)

    def _again(self, token: Token) -> bool:
        maximum = self.loop.loop_maximum
        if maximum is not None and token.internal_data["completed"] >= maximum:
            return False
        return not self.loop.loop_condition or expressions.condition(token, self.loop.loop_condition)
