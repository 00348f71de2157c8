"""Boxed filter, for, some and every (DMN 1.5, clause 10.2.2.9 to 10.2.2.12); `cost` is in steps a round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine import feel
from engine.decisions.logic import NOT_BOOLEAN, Logic
from engine.decisions.run import DecisionRun

ELEMENTS = feel.compile("for element in source return element")


def _elements(source: Logic, scope: feel.Scope, run: DecisionRun) -> list[object] | None:
    """The elements to go through: a list's or a range's; None for anything else, which is not made a list of one."""
    value = source.evaluate(scope, run)
    if isinstance(value, feel.Range):
        value = ELEMENTS.run(run.scope({"source": value}))
    if isinstance(value, list):
        return value
    run.warn("There is nothing to iterate over: this is no list.")
    return None


@dataclass(frozen=True, slots=True)
class Filter:
    """The elements for which `match` is true; it sees `item` and the entries of an element."""

    source: Logic
    match: Logic
    cost: int

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        elements = _elements(self.source, scope, run)
        if elements is None:
            return None
        kept = []
        for element in elements:
            verdict = self._verdict(element, scope, run)
            if verdict is True:
                kept.append(element)
            elif verdict is not None and verdict is not False:
                run.warn(NOT_BOOLEAN)
                return None
        return kept

    def _verdict(self, element: object, scope: feel.Scope, run: DecisionRun) -> object:
        run.budget.step(self.cost)
        entries = element if isinstance(element, dict) else {}
        return self.match.evaluate(run.scope({"item": element, **entries}, scope), run)


@dataclass(frozen=True, slots=True)
class For:
    """A value for every element. `partial`, the values so far, is only there where the body reads it:
    each round gets a copy of its own, which long lists should not pay for."""

    variable: str
    source: Logic
    body: Logic
    reads_partial: bool
    cost: int

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        elements = _elements(self.source, scope, run)
        if elements is None:
            return None
        made: list[object] = []
        for element in elements:
            run.budget.step(self.cost + len(made) if self.reads_partial else self.cost)
            partial = {"partial": list(made)} if self.reads_partial else {}
            made.append(self.body.evaluate(run.scope({**partial, self.variable: element}, scope), run))
        return made


@dataclass(frozen=True, slots=True)
class Quantified:
    """`every` (true until one is false) or some (false until one is true), three-valued; null as soon as a condition
    is neither true, false nor null."""

    every: bool
    variable: str
    source: Logic
    satisfies: Logic
    cost: int

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        elements = _elements(self.source, scope, run)
        if elements is None:
            return None
        decisive = not self.every
        unknown = False
        for verdict in self._verdicts(elements, scope, run):
            if verdict is decisive:
                return decisive
            if verdict is not None and not isinstance(verdict, bool):
                run.warn(NOT_BOOLEAN)
                return None
            unknown = unknown or verdict is None
        return None if unknown else self.every

    def _verdicts(self, elements: list[object], scope: feel.Scope, run: DecisionRun) -> Iterator[object]:
        for element in elements:
            run.budget.step(self.cost)
            yield self.satisfies.evaluate(run.scope({self.variable: element}, scope), run)
