"""Titles and summaries of cases that come to nothing, although everything they read has been filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine import feel, forms, runtime
from engine.deploying.checking import ways
from engine.problems import Problem

NOTHING = (
    "%(text)s comes to nothing although all its fields are filled in. Numbers become text by string(), as in"
    ' "…" + string(amount).'
)
WORD = "样例"
_FILLED: Mapping[str, object] = {"textfield": WORD, "textarea": WORD, "number": Decimal(1), "checkbox": True}


def problems(program: runtime.Program, given: Mapping[str, Any], drawn: Iterable[forms.Form]) -> Iterator[Problem]:
    """Warnings about the title and the summaries in `given`, the workflow.toml, over fields of the process's forms `drawn`.

    Tried with one value for each field, and only where the type of every field that is read is plain.
    """
    filled = {each.path[0]: _FILLED.get(each.type) for form in drawn for each in form.walk() if len(each.path) == 1}
    for text in texts(given):
        expression = ways.expression_of(text)
        values = {name: filled.get(name) for name in expression.names} if expression else {}
        if expression and values and None not in values.values() and _tried(expression, values) is None:
            yield Problem(program.process_id, program.name, NOTHING, {"text": text}, "warning")


def _tried(expression: feel.Expression, values: Mapping[str, object]) -> object:
    try:
        return expression.evaluate(values)
    except feel.FeelError:  # it looks something up, which only a case can
        return WORD


def columns(given: Mapping[str, Any]) -> Iterator[str]:
    """The expressions of the register's columns."""
    yield from _values(given, "register")


def texts(given: Mapping[str, Any]) -> Iterator[str]:
    """The expressions that say what a case is called, what lists tell of it, and what they find it by, computed."""
    searched = given.get("searched")
    for text in (given.get("title_of_case"), *_values(given, "summary"), *(searched if isinstance(searched, list) else ())):
        if isinstance(text, str) and feel.is_expression(text):
            yield text


def _values(given: Mapping[str, Any], name: str) -> list[str]:
    """The expressions of the rows of a table of settings."""
    rows = given.get(name)
    values = [row.get("value") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return [each for each in values if isinstance(each, str) and feel.is_expression(each)]
