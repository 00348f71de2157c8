"""The fields by which variables are searched; they stand in no table, so the operators work on values here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.basics import json_texts
from engine.queries.api import fields, patterns
from engine.queries.api.variables_found import TRUNCATED, VariableFound
from engine.storage import models

Test = Callable[[VariableFound], bool]


@dataclass(frozen=True)
class Shown:
    """A field of a variable as the caller sees it: masked where he sees it masked, else a filter would tell the value."""

    value: Callable[[VariableFound], Any]
    read: Callable[[Any], Any] = fields.written
    operators: tuple[str, ...] = fields.EQUALITY
    is_sorted: bool = True

    def operate(self, operator: str, value: Any) -> Test:
        """What a variable is asked. Raises Invalid for a value that does not fit."""
        match operator:
            case "$eq" | "$neq":
                wanted = [self.read(value)]
            case "$in" | "$notIn":
                wanted = fields.listed(self.read, value)
            case "$exists":
                is_asked = fields.yes_or_no(value)
                return lambda variable: (self.value(variable) is not None) == is_asked
            case _:
                pattern = fields.written(value)
                return lambda variable: patterns.matches(pattern, self.value(variable))
        is_negated = operator in fields.NEGATED
        return lambda variable: (self.value(variable) in wanted) != is_negated


def _json(value: Any) -> str:
    """A value in JSON, as the API takes and gives it, written as we write it. Raises Invalid for what is none."""
    return models.dumps(json_texts.read(fields.written(value)))


def _key(value: Any) -> str:
    return str(fields.key(value))


PATTERNED = (*fields.EQUALITY, "$like")
FIELDS: Mapping[str, Shown] = {
    "name": Shown(lambda variable: variable.name, operators=PATTERNED),
    "value": Shown(lambda variable: variable.text, _json, PATTERNED),
    "isTruncated": Shown(lambda variable: len(variable.text) > TRUNCATED, fields.yes_or_no, ("$eq", "$neq")),
    "variableKey": Shown(lambda variable: variable.key),
    "scopeKey": Shown(lambda variable: str(variable.instance.key), _key),
    "processInstanceKey": Shown(lambda variable: str(variable.instance.key), _key),
    "tenantId": Shown(lambda variable: variable.instance.company_id, operators=PATTERNED),
}


def condition(asked: Mapping[str, Any]) -> Test:
    """Whether a variable is asked for. Raises Invalid with the field that does not fit."""
    test: Test = fields.combined(FIELDS, asked, _every, _some)
    return test


def _every(tests: list[Test]) -> Test:
    return lambda variable: all(test(variable) for test in tests)


def _some(tests: list[Test]) -> Test:
    return lambda variable: any(test(variable) for test in tests)
