"""Evaluates an expression the way the tests of this folder write it down."""

from __future__ import annotations

import datetime
from decimal import Decimal

from engine import feel

NOW = datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))


def value(text: str, context: dict[str, object] | None = None, **options: object) -> object:
    """The value of an expression at a pinned time, as plain data: dates and durations as text."""
    found = feel.evaluate(text, context or {}, now=NOW, **options)  # type: ignore[arg-type]
    return plain(found)


def plain(found: object) -> object:
    """Data that reads well in an assertion: numbers as int where they are whole."""
    if isinstance(found, Decimal):
        return int(found) if found == found.to_integral_value() and found.adjusted() < 30 else found
    if isinstance(found, list):
        return [plain(item) for item in found]
    if isinstance(found, dict):
        return {key: plain(item) for key, item in found.items()}
    if isinstance(found, feel.Function):
        return "function"
    return found if found is None or isinstance(found, bool | str) else str(feel.to_json(found))


def warning(text: str, context: dict[str, object] | None = None) -> str:
    """The first warning of an expression that comes out as null."""
    warnings: list[feel.Warning] = []
    found = feel.evaluate(text, context or {}, now=NOW, warnings=warnings)
    assert found is None
    return str(warnings[0])


def d(text: str) -> Decimal:
    """A decimal."""
    return Decimal(text)
