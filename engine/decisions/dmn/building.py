"""Reading boxed expressions out of a DMN file (DMN 1.5, clause 10.2.2)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine.decisions import item_types, iterators, logic
from engine.decisions.dmn import reading, table_building
from engine.decisions.dmn.compiling import Compiler, Names
from engine.decisions.dmn.item_definitions import ItemDefinitions
from engine.decisions.logic import Logic


class Builder:
    """Builds the logic of one file. `names` are always the variables that the logic may see."""

    def __init__(self, compiler: Compiler, types: ItemDefinitions) -> None:
        self.compiler = compiler
        self.types = types

    def within(self, element: etree._Element | None, names: Names) -> Logic | None:
        """The boxed expression that an element contains, if it contains one."""
        inner = None if element is None else reading.child(element, *MAKERS)
        return None if inner is None else self.build(inner, names)

    def required(self, element: etree._Element, child: str, names: Names) -> Logic:
        """The boxed expression inside a child of this name, which has to be there."""
        logic_required = self.within(reading.child(element, child), names)
        return logic_required or self.compiler.broken(element, "The part %(part)s is missing.", part=child)

    def build(self, element: etree._Element, names: Names) -> Logic:
        """The logic of a boxed expression; what it cannot be built from is a problem and refuses later."""
        kind = reading.kind(element)
        made = MAKERS[kind](self, element, names)
        wanted = item_types.ANY if kind in OWN_TYPING else self.types.of(element)
        return made if wanted.is_any else logic.Typed(made, wanted, reading.place(element)[1])

    def function(self, element: etree._Element, names: Names, called: str) -> logic.FunctionLogic:
        """A function definition, boxed or the encapsulated logic of a knowledge model."""
        parameters = tuple(
            (reading.name(parameter), self.types.of(parameter)) for parameter in reading.children(element, "formalParameter")
        )
        body = self._body(element, names | {name for name, _ in parameters})
        returned = result_type(self.types.of(element))
        return logic.FunctionLogic(called, parameters, body, returned, reading.cost(element))

    def _body(self, element: etree._Element, names: Names) -> Logic:
        language = element.get("kind", "FEEL")
        if language != "FEEL":
            return self.compiler.broken(element, "A function of the kind %(kind)s is not run; write it in FEEL.", kind=language)
        body = self.within(element, names)
        return body or self.compiler.broken(element, "The function has no body.")


def result_type(declared: item_types.Type) -> item_types.Type:
    """What a function returns: its type names either a function type or, in many files, the result."""
    if declared.base == "function":
        return declared.result or item_types.ANY
    return declared


def _literal(builder: Builder, element: etree._Element, names: Names) -> Logic:
    return builder.compiler.expression(element, names)


def _context(builder: Builder, element: etree._Element, names: Names) -> Logic:
    entries: list[tuple[str, Logic]] = []
    result: Logic | None = None
    for entry in reading.children(element, "contextEntry"):
        variable = reading.child(entry, "variable")
        seen = names | {name for name, _ in entries}
        made = _entry(builder, entry, variable, seen)
        if variable is None:
            result = made
        else:
            entries.append((reading.name(variable), made))
    return logic.Context(tuple(entries), result)


def _entry(builder: Builder, entry: etree._Element, variable: etree._Element | None, names: Names) -> Logic:
    made = builder.within(entry, names | {reading.name(variable)})
    if made is None:
        return builder.compiler.broken(entry, "The entry has no value.")
    wanted = builder.types.of(variable)
    return made if wanted.is_any else logic.Typed(made, wanted, reading.name(variable))


def _list(builder: Builder, element: etree._Element, names: Names) -> Logic:
    return logic.ListOf(tuple(builder.build(item, names) for item in reading.children(element, *MAKERS)))


def _relation(builder: Builder, element: etree._Element, names: Names) -> Logic:
    columns = tuple(reading.name(column) for column in reading.children(element, "column"))
    rows = tuple(
        tuple(builder.build(cell, names) for cell in reading.children(row, *MAKERS)) for row in reading.children(element, "row")
    )
    if any(len(row) != len(columns) for row in rows):
        return builder.compiler.broken(element, "A row of the relation has too few or too many cells.")
    return logic.Relation(columns, rows)


def _invocation(builder: Builder, element: etree._Element, names: Names) -> Logic:
    function = builder.within(element, names)
    if function is None:
        return builder.compiler.broken(element, "The invocation names no function.")
    bindings = tuple(_binding(builder, binding, names) for binding in reading.children(element, "binding"))
    return logic.Invocation(function, bindings)


def _binding(builder: Builder, element: etree._Element, names: Names) -> tuple[str, Logic]:
    value = builder.within(element, names) or builder.compiler.text(element, "null", names)
    return reading.name(reading.child(element, "parameter")), value


def _function(builder: Builder, element: etree._Element, names: Names) -> Logic:
    return builder.function(element, names, reading.place(element)[1])


def _conditional(builder: Builder, element: etree._Element, names: Names) -> Logic:
    condition, then, otherwise = (builder.required(element, part, names) for part in ("if", "then", "else"))
    return logic.Conditional(condition, then, otherwise)


def _filter(builder: Builder, element: etree._Element, names: Names) -> Logic:
    source = builder.required(element, "in", names)
    return iterators.Filter(source, builder.required(element, "match", names | {"item"}), reading.cost(element))


def _for(builder: Builder, element: etree._Element, names: Names) -> Logic:
    variable = _variable(element)
    source = builder.required(element, "in", names)
    body = builder.required(element, "return", names | {variable, "partial"})
    reads_partial = any("partial" in text for text in element.itertext())
    return iterators.For(variable, source, body, reads_partial, reading.cost(element))


def _quantified(builder: Builder, element: etree._Element, names: Names) -> Logic:
    variable = _variable(element)
    source = builder.required(element, "in", names)
    satisfies = builder.required(element, "satisfies", names | {variable})
    every = reading.kind(element) == "every"
    return iterators.Quantified(every, variable, source, satisfies, reading.cost(element))


def _variable(element: etree._Element) -> str:
    return " ".join((element.get("iteratorVariable") or "item").split())


def _table(builder: Builder, element: etree._Element, names: Names) -> Logic:
    return table_building.build(builder.compiler, builder.types, element, names)


MAKERS: dict[str, Callable[[Builder, etree._Element, Names], Logic]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _for,
    "every": _quantified,
    "some": _quantified,
}
OWN_TYPING = {"decisionTable", "functionDefinition"}
"""A table's type may be that of one answer where it gives a list; a function's that of its result."""
