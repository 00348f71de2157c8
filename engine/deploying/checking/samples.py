"""Values of a variable on which conditions are tried: choices of its field, numbers at and between those compared with."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from engine import feel, forms, runtime
from engine.deploying.checking.data import process_variables

_CHOICES = ("radio", "select")


class Samples:
    """What variables of a process may hold, as far as its forms tell."""

    def __init__(self, program: runtime.Program, drawn: Iterable[forms.Form]) -> None:
        self._fields: dict[str, list[forms.Component]] = {}
        for form in drawn:
            for field in _top(form.components):
                self._fields.setdefault(field.path[0], []).append(field)
        elements = program.elements.values()
        self._written = {name for element in elements for name in process_variables.written_by(element)}

    def label(self, name: str) -> str:
        """What a form calls the variable, else its name."""
        return next((field.label for field in self._fields.get(name, ()) if field.label), name)

    def of(self, name: str, conditions: list[Any]) -> list[object]:
        """Values on which the conditions can be told apart; none where nothing is known of the variable."""
        literals = [value for tree in conditions for value in feel.literals(tree)]
        numbers = {value for value in literals if isinstance(value, Decimal)}
        is_number = numbers and len(numbers) == len(set(literals))
        if is_number and not any(name in feel.taken_apart(tree) for tree in conditions):
            return list(_numbers(sorted(numbers), self._fields.get(name, [])))
        fields = self._fields.get(name, [])
        if name in self._written or not fields:
            return []
        if all(field.type == "checkbox" for field in fields):
            return [True, False]
        listed = [_listed(field) for field in fields if field.type in _CHOICES]
        return list(dict.fromkeys(itertools.chain(*listed))) if len(listed) == len(fields) and all(listed) else []


def _top(components: Iterable[forms.Component]) -> Iterator[forms.Component]:
    """The fields that stand in the data of the case itself."""
    for each in components:
        if len(each.path) == 1:
            yield each
        elif not each.path:
            yield from _top(each.children)


def _listed(field: forms.Component) -> list[object]:
    """The values of a choice that are written out in the form; none for others."""
    values = field.raw.get("values")
    return [each.get("value") for each in values if isinstance(each, dict)] if isinstance(values, list) else []


def _numbers(bounds: list[Decimal], fields: list[forms.Component]) -> Iterator[Decimal]:
    """Each bound and what lies around it: whole numbers unless a field takes others, none below 0 unless asked for."""
    has_parts = any(field.type == "number" and field.raw.get("decimalDigits") != 0 for field in fields)
    has_parts = has_parts or any(each != each.to_integral_value() for each in bounds)
    between = [(low + high) / 2 for low, high in itertools.pairwise(bounds)] if has_parts else []
    beside = [each + step for each in bounds for step in (-1, 1)]
    least = min([_limit(field, "min") for field in fields] or [min(Decimal(0), bounds[0])])
    greatest = max([_limit(field, "max") for field in fields] or [Decimal("Infinity")])
    yield from sorted(each for each in {*bounds, *between, *beside} if least <= each <= greatest)


def _limit(field: forms.Component, rule: str) -> Decimal:
    given = field.rules.get(rule)
    if isinstance(given, int | float | Decimal):
        return Decimal(str(given))
    return Decimal(0) if rule == "min" else Decimal("Infinity")
