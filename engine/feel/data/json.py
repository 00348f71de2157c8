"""FEEL values as JSON and back; numbers stay exact decimals, which the database's encoder writes as they are."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.budget import Budget
from engine.feel.data import text, values
from engine.feel.data.values import Function


def to_json(value: object, budget: Budget | None = None) -> object:
    """A FEEL value as JSON-able data: temporal values and ranges become text, functions null.

    Raises FeelBudgetError for a value that would be too large when written out.
    """
    return _to_json(values.normalise(value), budget or Budget())


def _to_json(value: object, budget: Budget) -> object:
    if value is None or isinstance(value, bool | Decimal | str):
        return value
    budget.step()
    if isinstance(value, list):
        return [_to_json(item, budget) for item in value]
    if isinstance(value, dict):
        return {key: _to_json(entry, budget) for key, entry in value.items()}
    return None if isinstance(value, Function) else text.text_of(value, budget)


def from_json(value: object) -> object:
    """JSON data as FEEL values: every number a decimal; texts stay texts, also those that look like dates."""
    return values.normalise(value)
