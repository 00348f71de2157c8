"""The order in which the conditions behind an exclusive gateway are tried, where two notations of it differ.

They are tried in the order of the sequence flows in the file, as Camunda 7 and 8 do. A gateway's `outgoing` entries may
stand in another order, which other engines go by: where it would matter, the diagram does not say what it means.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from engine import feel
from engine.runtime.checking.rules import problem
from engine.runtime.program import DiagramProblem, Element, Flow, Program
from engine.runtime.reading import elements
from engine.runtime.reading.names import BPMN

_COMPARED = re.compile(r'\s*([^\W\d][\w.]*)\s*(=|!=|<=|>=|<|>)\s*(-?\d+(?:\.\d+)?|"[^"\\]*"|true|false)\s*')
_ALONE = re.compile(r"\s*(not\s*\(\s*)?([^\W\d][\w.]*)(?(1)\s*\))\s*")
_INFINITY = Decimal("Infinity")
_Bound = tuple[Decimal, int]


def check(root: etree._Element, program: Program) -> Iterator[DiagramProblem]:
    """Gateways whose two orders differ between conditions that may hold at once."""
    nodes = {node.get("id", ""): node for node in root.iter(BPMN + "exclusiveGateway")}
    for element in program.elements.values():
        if element.id not in nodes or len(element.outgoing) < 2:
            continue
        for first, second in _swapped(element, elements.listed(nodes[element.id], element.outgoing)):
            one, other = program.flows[first], program.flows[second]
            if not _are_disjoint(one, other):
                yield _problem(element, one, other)
                break


def _problem(element: Element, one: Flow, other: Flow) -> DiagramProblem:
    message = (
        "Both %(first)s and %(second)s may hold, and the gateway lists them in another order than they stand in the file;"
        " put its outgoing entries into the order of the sequence flows."
    )
    return problem(element, message, first=one.name or one.condition, second=other.name or other.condition)


def _swapped(element: Element, listed: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    tried = [flow for flow in element.outgoing if flow != element.default]
    for first, second in itertools.combinations(tried, 2):
        if listed.index(first) > listed.index(second):
            yield first, second


def _are_disjoint(one: Flow, other: Flow) -> bool:
    """Whether the two conditions can be seen never to hold at once; False where that cannot be seen."""
    first, second = (_test(flow.condition or "") for flow in (one, other))
    if first is None or second is None or first[0] != second[0]:
        return False
    operators, same = {first[1], second[1]}, first[2] == second[2]
    if operators == {"="}:
        return not same
    if "!=" in operators:
        return same and operators == {"=", "!="}
    intervals = [_interval(operator, value) for _name, operator, value in (first, second) if isinstance(value, Decimal)]
    return len(intervals) == 2 and max(low for low, _ in intervals) > min(high for _, high in intervals)


def _test(condition: str) -> tuple[str, str, Decimal | str] | None:
    """Variable, operator and value of a plain comparison; a variable by itself is one with true."""
    text = feel.body(condition) if feel.is_expression(condition) else condition
    if compared := _COMPARED.fullmatch(text):
        name, operator, value = compared.groups()
        return name, operator, Decimal(value) if value[0] in "-0123456789" else value
    if alone := _ALONE.fullmatch(text):
        return alone[2], "=", "false" if alone[1] else "true"
    return None


def _interval(operator: str, value: Decimal) -> tuple[_Bound, _Bound]:
    """The lowest and the highest value that passes; an open end lies a little further in."""
    least, greatest = (-_INFINITY, 0), (_INFINITY, 0)
    if operator in ("<", "<="):
        greatest = (value, 0 if operator == "<=" else -1)
    elif operator in (">", ">="):
        least = (value, 0 if operator == ">=" else 1)
    else:
        least = greatest = (value, 0)
    return least, greatest
