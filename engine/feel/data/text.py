"""Values as text, the way `string()` shows them (DMN 1.5 clause 10.3.4.1)."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.feel.budget import Budget
from engine.feel.data import numbers
from engine.feel.data.values import Function, Range
from engine.feel.reading import lexer

_PLAIN = re.compile(rf"[{lexer.START}][{lexer.PART}]*(?: [{lexer.PART}]+)*")


def text_of(value: object, budget: Budget) -> str:
    """A value as text; texts inside lists and contexts are quoted."""
    if isinstance(value, str):
        return value
    written = _inner(value, budget)
    budget.store(len(written))
    return written


def _inner(value: object, budget: Budget) -> str:
    budget.step()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return numbers.text(value)
    if isinstance(value, str):
        budget.store(len(value))
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(_inner(item, budget) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key, budget)}: {_inner(entry, budget)}" for key, entry in value.items()) + "}"
    if isinstance(value, Range):
        return _range(value, budget)
    if isinstance(value, Function):
        return f"function({', '.join(value.parameters)})"
    return str(value)


def _key(key: str, budget: Budget) -> str:
    return key if _PLAIN.fullmatch(key) and not lexer.KEYWORDS.intersection(key.split(" ")) else _inner(key, budget)


def _range(value: Range, budget: Budget) -> str:
    if value.operator is not None:
        bound = value.high if value.operator in ("<", "<=") else value.low
        return f"{value.operator} {_inner(bound, budget)}"
    opening, closing = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
    return f"{opening}{_inner(value.low, budget)}..{_inner(value.high, budget)}{closing}"
