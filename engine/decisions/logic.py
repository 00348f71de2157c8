"""Boxed expressions of DMN (1.5, clause 10.2.2) as objects that evaluate themselves in a scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine import feel
from engine.decisions import failures, item_types
from engine.decisions.run import DecisionRun

NOT_BOOLEAN = "A condition is neither true nor false."


class Logic(Protocol):
    """Anything that yields a value in a scope."""

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object: ...


@dataclass(frozen=True, slots=True)
class Literal:
    """A FEEL expression."""

    expression: feel.Expression

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        return self.expression.run(scope)


@dataclass(frozen=True, slots=True)
class Broken:
    """Logic that could not be compiled: the rest of the model works, this part refuses."""

    message: str
    values: dict[str, object]

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        raise failures.DecisionError(self.message, None, **self.values)


@dataclass(frozen=True, slots=True)
class Typed:
    """Logic whose value must be of a type."""

    inner: Logic
    type: item_types.Type
    what: str

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        return run.convert(self.inner.evaluate(scope, run), self.type, self.what)


@dataclass(frozen=True, slots=True)
class Context:
    """Entries that see the ones before them; `result`, when there is one, is the value of the whole."""

    entries: tuple[tuple[str, Logic], ...]
    result: Logic | None

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        made: dict[str, object] = {}
        inner = run.scope(made, scope)
        for name, logic in self.entries:
            made[name] = logic.evaluate(inner, run)
        return made if self.result is None else self.result.evaluate(inner, run)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A boxed list."""

    items: tuple[Logic, ...]

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        return [item.evaluate(scope, run) for item in self.items]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of values: a list of contexts with the same names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Logic, ...], ...]

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        return [{name: cell.evaluate(scope, run) for name, cell in zip(self.columns, row, strict=False)} for row in self.rows]


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of a function with its arguments by name."""

    function: Logic
    bindings: tuple[tuple[str, Logic], ...]

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        function = self.function.evaluate(scope, run)
        return run.invoke(function, {name: logic.evaluate(scope, run) for name, logic in self.bindings})


@dataclass(frozen=True, slots=True)
class FunctionLogic:
    """A function definition; its value is a FEEL function that remembers the scope it was made in.

    `cost`: the steps one call takes, so that calls in a loop are counted for what they are.
    """

    name: str
    parameters: tuple[tuple[str, item_types.Type], ...]
    body: Logic
    result: item_types.Type
    cost: int

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        """The function as a value (clause 10.3.2.13); an argument of a wrong type is null inside, with a warning."""

        def call(_: object, arguments: list[object]) -> object:
            run.budget.enter()
            run.budget.step(self.cost)
            value = self._call(scope, run, arguments)
            run.budget.leave()
            return value

        return feel.Function(self.name, tuple(name for name, _ in self.parameters), call)

    def _call(self, scope: feel.Scope, run: DecisionRun, arguments: list[object]) -> object:
        pairs = zip(self.parameters, arguments, strict=True)
        given = {name: run.convert(argument, wanted, name) for (name, wanted), argument in pairs}
        return run.convert(self.body.evaluate(run.scope(given, scope), run), self.result, self.name)


@dataclass(frozen=True, slots=True)
class Conditional:
    """If, then, else: false and null take the else; a condition that is no Boolean makes the whole null (10.2.2.8)."""

    condition: Logic
    then: Logic
    otherwise: Logic

    def evaluate(self, scope: feel.Scope, run: DecisionRun) -> object:
        condition = self.condition.evaluate(scope, run)
        if condition is not None and not isinstance(condition, bool):
            run.warn(NOT_BOOLEAN)
            return None
        return (self.then if condition else self.otherwise).evaluate(scope, run)
