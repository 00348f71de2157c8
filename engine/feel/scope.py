"""Where an expression finds its names: scopes within scopes, the caller's context outermost."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping

from engine.feel.data import values
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun

MISSING = object()
_LOOKUP_STEPS = 200  # a look-up may ask the database


class Scope:
    """Names and their values; what is not here is looked up in `parent`."""

    __slots__ = ("parent", "run", "values")

    def __init__(self, values_: dict[str, object], parent: Scope | None, run: ExpressionRun) -> None:
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

    def find_function(self, name: str) -> object:
        """The function of a name: a variable called like a function does not hide it (as in Camunda)."""
        value = self.find(name)
        if isinstance(value, values.Function) or value is MISSING:
            return value
        scope: Scope | None = self
        while scope is not None:
            if isinstance(function := scope.values.get(name), values.Function):
                return function
            if scope.parent is None:
                function = scope.function(name)
                return value if function is MISSING else function
            scope = scope.parent
        return value

    def outside(self, name: str) -> object:
        """What a name means when no scope holds it."""
        return MISSING

    def function(self, name: str) -> object:
        """The function of a name outside all scopes."""
        return MISSING


class RootScope(Scope):
    """The caller's context; a value is converted when it is first asked for, and then kept."""

    __slots__ = ("builtins", "source")

    def __init__(self, source: Mapping[str, object], builtins: Mapping[str, object], run: ExpressionRun) -> None:
        super().__init__({}, None, run)
        self.source = source
        self.builtins = builtins

    def outside(self, name: str) -> object:
        if name in self.source:
            value = values.normalise(self.source[name])
            if type(value) is list or type(value) is dict:
                self.run.budget.step(values.size(value) // 4)  # going through it takes time
        else:
            value = self.function(name)
        if value is not MISSING:
            self.values[name] = value
        return value

    def function(self, name: str) -> object:
        if name in self.run.functions:
            return lookup(name, self.run.functions[name])
        return self.builtins.get(name, MISSING)


def lookup(name: str, call: Callable[..., object]) -> values.Function:
    """A function of the engine as a FEEL function; it is given Python's values and its result converted.

    Its parameters' underscores read as spaces; one with a default may be left out or null. Arguments of the
    wrong type make the result null, as with a built-in; refusals pass through.
    """
    parameters = _parameters(call)
    names = tuple(parameter.name.strip("_").replace("_", " ") for parameter in parameters)
    required = sum(parameter.default is parameter.empty for parameter in parameters)

    def invoke(run: ExpressionRun, arguments: list[object]) -> object:
        run.budget.step(_LOOKUP_STEPS)
        given = [
            parameter.default if argument is None and index >= required else values.to_python(argument)
            for index, (parameter, argument) in enumerate(zip(parameters, arguments, strict=True))
        ]
        try:
            return values.normalise(call(*given))
        except (TypeError, ValueError, AttributeError, ArithmeticError) as wrong:
            raise Null("“%(name)s” cannot work with these arguments.", name=name) from wrong

    return values.Function(name, names, invoke, required)


def _parameters(call: Callable[..., object]) -> tuple[inspect.Parameter, ...]:
    """What a function takes; of a method it is remembered by its class, whose instances are made for each case anew."""
    if isinstance(call, types.MethodType) and inspect.isfunction(call.__func__):
        return _written(call.__func__)[1:]
    return tuple(inspect.signature(call).parameters.values())


@functools.lru_cache(maxsize=256)
def _written(function: Callable[..., object]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())
