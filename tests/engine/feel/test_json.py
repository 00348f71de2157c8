"""FEEL values as JSON: exact numbers, dates as text, nothing that shares itself into millions."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from engine import feel


def test_numbers_stay_exact_and_times_become_text() -> None:
    found = feel.evaluate('{n: 0.1 + 0.2, d: @"2026-03-02", m: @"2026-03-02T09:30:00+08:00", p: @"P1D", q: @"P1Y"}', {})
    assert feel.to_json(found) == {
        "n": Decimal("0.3"),
        "d": "2026-03-02",
        "m": "2026-03-02T09:30:00+08:00",
        "p": "P1D",
        "q": "P1Y",
    }


def test_ranges_become_text_and_functions_null() -> None:
    assert feel.to_json(feel.evaluate("[[1..5), function(a) a, sum]", {})) == ["[1..5)", None, None]


def test_python_s_dates_become_text_too() -> None:
    assert feel.to_json({"d": datetime.date(2026, 3, 2), "n": 1.5}) == {"d": "2026-03-02", "n": Decimal("1.5")}


def test_numbers_from_json_are_decimals_all_the_way_down() -> None:
    found = feel.from_json({"a": 1, "b": [0.1, {"c": True}]})
    assert found == {"a": Decimal(1), "b": [Decimal("0.1"), {"c": True}]}
    assert isinstance(found, dict) and type(found["a"]) is Decimal
    assert repr(feel.to_json(-0.0)) == repr(Decimal("0.0"))


def test_a_value_that_shares_its_parts_into_millions_is_refused() -> None:
    shared: object = [1]
    for _ in range(60):
        shared = [shared, shared]
    with pytest.raises(feel.FeelBudgetError):
        feel.to_json(feel.Range(shared, None, True, False))
