"""Where an expression finds its names: scopes within scopes, the caller's context outermost."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

from engine.feel import values
from engine.feel.run import Run

MISSING = object()


class Scope:
    """Names and their values; what is not here is looked up in `parent`."""

    __slots__ = ("parent", "run", "values")

    def __init__(self, values_: dict[str, object], parent: Scope | None, run: Run) -> None:
        self.values = values_
        self.parent = parent
        self.run = run

    def find(self, name: str) -> object:
        """The value of a name, or MISSING."""
        scope: Scope | None = self
        while scope is not None:
            value = scope.values.get(name, MISSING)
            if value is not MISSING:
                return value
            if scope.parent is None:
                return scope.outside(name)
            scope = scope.parent
        return MISSING

    def outside(self, name: str) -> object:
        """What a name means when no scope holds it."""
        return MISSING


class RootScope(Scope):
    """The caller's context; a value is converted when it is first asked for, and then kept."""

    __slots__ = ("builtins", "source")

    def __init__(self, source: Mapping[str, object], builtins: Mapping[str, object], run: Run) -> None:
        super().__init__({}, None, run)
        self.source = source
        self.builtins = builtins

    def outside(self, name: str) -> object:
        if name in self.source:
            value = values.normalise(self.source[name])
        elif name in self.run.functions:
            value = lookup(name, self.run.functions[name])
        else:
            return self.builtins.get(name, MISSING)
        self.values[name] = value
        return value


def lookup(name: str, call: Callable[..., object]) -> values.Function:
    """A function of the engine as a FEEL function; it is given Python's values and its result converted."""
    parameters, required = parameters_of(call)

    def invoke(run: Run, arguments: list[object]) -> object:
        run.budget.step(100)
        return values.normalise(call(*[values.to_python(argument) for argument in arguments]))

    return values.Function(name, parameters, invoke, required)


def parameters_of(call: Callable[..., object]) -> tuple[tuple[str, ...], int]:
    """The parameter names of a lookup function (underscores read as spaces) and how many are required."""
    parameters = inspect.signature(call).parameters.values()
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = tuple(p.name.strip("_").replace("_", " ") for p in positional)
    return names, sum(p.default is p.empty for p in positional)
