"""Declares built-in functions: names, parameter types and the implicit conversions of arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from engine.feel.data import arithmetic
from engine.feel.data.temporal import Date, DateTime, Days, Months, Time
from engine.feel.data.values import Function, Range, kind
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun

_TYPES: dict[str, frozenset[type]] = {
    "number": frozenset({Decimal}),
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "date": frozenset({Date}),
    "time": frozenset({Time}),
    "moment": frozenset({DateTime}),
    "months": frozenset({Months}),
    "days": frozenset({Days}),
    "list": frozenset({list}),
    "context": frozenset({dict}),
    "range": frozenset({Range}),
    "function": frozenset({Function}),
    "null": frozenset({type(None)}),
}
# What declarations abbreviate.
_NAMES = {
    "moment": "date and time",
    "months": "years and months duration",
    "days": "days and time duration",
    "any": "Any",
    "null": "Null",
}
_Call = Callable[..., object]
_Declared = TypeVar("_Declared", bound=_Call)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, the FEEL types it takes by name and by class (None: any), whether it may be left out."""

    name: str
    kinds: tuple[str, ...]
    types: frozenset[type] | None
    optional: bool

    def converted(self, value: object) -> object:
        """The argument, converted where clause 10.3.2.9.4 allows; raises Null where it does not fit."""
        types = self.types
        if types is None or type(value) in types:
            return value
        if isinstance(value, Function) and Function in types:
            return value
        if value is not None:
            if list in types:
                return [value]
            if type(value) is list and len(value) == 1 and type(value[0]) in types:
                return value[0]  # out of one list only, not of a list in a list
            if type(value) is Date and DateTime in types:
                return arithmetic.midnight(value)
        raise Null("The argument “%(name)s” cannot be a %(kind)s.", name=self.name, kind=kind(value))


class BuiltinSignature:
    """One way to call a built-in; `variadic` gathers all arguments into the one list parameter."""

    __slots__ = ("call", "parameters", "required", "takes_run", "variadic")

    def __init__(self, parameters: tuple[Parameter, ...], call: _Call, variadic: bool) -> None:
        self.parameters = parameters
        self.call = call
        self.variadic = variadic
        self.required = sum(not parameter.optional for parameter in parameters)
        self.takes_run = next(iter(inspect.signature(call).parameters), "") == "run"

    def accepts(self, count: int, names: list[str] | None) -> bool:
        """Whether so many arguments, or arguments of these names, can be given."""
        if names is None:
            return count >= self.required if self.variadic else self.required <= count <= len(self.parameters)
        known = [parameter.name for parameter in self.parameters]
        needed = {parameter.name for parameter in self.parameters if not parameter.optional}
        return len(set(names)) == len(names) and needed <= set(names) <= set(known)

    def invoke(self, run: ExpressionRun, arguments: list[object], names: list[str] | None) -> object:
        """Convert the arguments and call; raises Null where one does not fit."""
        bound = self._bound(arguments, names)
        return self.call(run, *bound) if self.takes_run else self.call(*bound)

    def _bound(self, arguments: list[object], names: list[str] | None) -> list[object]:
        if names is not None:
            return [self._named(p, dict(zip(names, arguments, strict=True))) for p in self.parameters]
        if not self.variadic:
            bound = [p.converted(a) for p, a in zip(self.parameters, arguments, strict=False)]
            return [*bound, *[None] * (len(self.parameters) - len(bound))]
        *fixed, last = self.parameters
        head = [p.converted(a) for p, a in zip(fixed, arguments, strict=False)]
        return [*head, [last.converted(argument) for argument in arguments[len(fixed) :]]]

    def _named(self, parameter: Parameter, given: dict[str, object]) -> object:
        if parameter.name not in given:
            return None
        value = parameter.converted(given[parameter.name])
        return [value] if self.variadic and parameter is self.parameters[-1] else value


class Builtin(Function):
    """A built-in function with all its signatures and its one-line explanation (a message id)."""

    __slots__ = ("doc", "signatures")

    def __init__(self, name: str) -> None:
        super().__init__(name, (), self._positional)
        self.signatures: list[BuiltinSignature] = []
        self.doc = ""

    def add(self, signature: BuiltinSignature, doc: str) -> None:
        """Another way to call it, tried before those added earlier: decorators apply from the bottom up."""
        self.signatures.insert(0, signature)
        self.parameters = tuple(parameter.name for parameter in signature.parameters)
        self.required = signature.required
        self.doc = doc or self.doc

    def _positional(self, run: ExpressionRun, arguments: list[object]) -> object:
        return self.invoke(run, arguments)

    def invoke(self, run: ExpressionRun, arguments: list[object], names: list[str] | None = None) -> object:
        """Call by the first signature that fits; raises Null when none does."""
        refused: Null | None = None
        for signature in self.signatures:
            if signature.accepts(len(arguments), names):
                try:
                    return signature.invoke(run, arguments, names)
                except Null as null:
                    refused = refused or null
        raise refused or Null("%(name)s cannot be called with these arguments.", name=self.name)

    def accepts(self, count: int, names: list[str] | None) -> bool:
        """Whether any signature takes so many arguments, or arguments of these names."""
        return any(signature.accepts(count, names) for signature in self.signatures)


BUILTINS: dict[str, Builtin] = {}


def builtin(name: str, parameters: str, doc: str = "") -> Callable[[_Declared], _Declared]:
    """Register a function under a FEEL name; registering again adds a signature.

    `parameters`: `name: type|type` separated by commas; `type?` may be left out, and be null only where
    `null` is among the types; `...` before the last name takes any number of arguments.
    """

    def register(call: _Declared) -> _Declared:
        variadic = "..." in parameters
        declared = tuple(_parameter(part) for part in parameters.replace("...", "").split(",") if part.strip())
        signature = BuiltinSignature(declared, call, variadic)
        if name not in BUILTINS:
            BUILTINS[name] = Builtin(name)
        BUILTINS[name].add(signature, doc)
        return call

    return register


def _parameter(text: str) -> Parameter:
    name, _, of = text.partition(":")
    optional = of.endswith("?")
    kinds = tuple(part.strip() for part in of.rstrip("?").split("|"))
    types = None if "any" in kinds else frozenset().union(*(_TYPES[part] for part in kinds))
    return Parameter(name.strip(), tuple(_NAMES.get(part, part) for part in kinds), types, optional)
