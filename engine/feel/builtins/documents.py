"""Built-ins that read and write JSON texts (Camunda 8.9)."""

from __future__ import annotations

import json
from decimal import Decimal

from engine.basics import json_texts
from engine.feel.budget import Budget
from engine.feel.builtins.registry import builtin
from engine.feel.data import numbers, text
from engine.feel.data.values import Function
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun


@builtin("from json", "value: string", "The value of a JSON text; numbers stay exact.")
def from_json(run: ExpressionRun, value: str) -> object:
    run.budget.step(len(value) // 4)
    try:
        read = json.loads(value, parse_int=numbers.literal, parse_float=numbers.literal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Null("This is no JSON text.") from None
    if json_texts.is_too_deep(read):
        raise Null("This is no JSON text.")
    return read


def _no_constant(name: str) -> object:
    raise ValueError(name)


@builtin("to json", "value: any", "A value as JSON text; dates and durations become texts.")
def to_json(run: ExpressionRun, value: object) -> str:
    written = _written(value, run.budget)
    run.budget.store(len(written))
    return written


def _written(value: object, budget: Budget) -> str:
    budget.step()
    if isinstance(value, Decimal):
        return numbers.text(value)
    if isinstance(value, list):
        return "[" + ",".join(_written(item, budget) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(key, budget)}:{_written(entry, budget)}" for key, entry in value.items()) + "}"
    if value is None or isinstance(value, Function):
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(text.text_of(value, budget), budget)


def _quoted(value: str, budget: Budget) -> str:
    budget.store(len(value))
    return json.dumps(value, ensure_ascii=False)
