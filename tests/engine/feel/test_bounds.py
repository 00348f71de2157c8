"""No expression can exhaust the server: steps, room, depth, memory. How long a step takes, `banjie bench feel` measures."""

from __future__ import annotations

import tracemalloc

import pytest

from engine import feel
from tests.engine.feel.hostile import ENDLESS_NUMBERS, HOSTILE


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_expression_ends_with_a_clear_error(name: str) -> None:
    with pytest.raises(feel.FeelBudgetError) as refused:
        feel.evaluate(HOSTILE[name], {})
    assert str(refused.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_expression_stays_within_fifty_megabytes(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(feel.FeelBudgetError):
            feel.evaluate(HOSTILE[name], {})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("expression", ENDLESS_NUMBERS)
def test_a_number_beyond_all_bounds_is_null_or_exact(expression: str) -> None:
    found = feel.evaluate(expression, {})
    assert found is None or found.is_finite()  # type: ignore[attr-defined]


def test_a_budget_is_shared_by_the_evaluations_that_are_given_it() -> None:
    budget = feel.Budget(steps=1_000)
    feel.evaluate("for i in 1..200 return i", {}, budget=budget)
    with pytest.raises(feel.FeelBudgetError):
        for _ in range(5):
            feel.evaluate("for i in 1..200 return i", {}, budget=budget)


def test_ordinary_work_fits_the_budget() -> None:
    rows = [{"id": i, "amount": i * 1.5, "name": f"行{i}"} for i in range(500)]
    context = {"rows": rows}
    assert feel.evaluate("count(rows[amount > 100])", context) == 433
    assert feel.evaluate("sum(rows.amount)", context) == 187_125
    assert feel.evaluate("count(distinct values(rows.name))", context) == 500
    assert feel.evaluate("sort(rows, function(a, b) a.amount > b.amount)[1].id", context) == 499


def test_a_long_condition_is_no_deep_condition() -> None:
    assert feel.evaluate(" and ".join(["a > 1"] * 1000), {"a": 2}) is True
    assert feel.evaluate(" + ".join(["1"] * 2000), {}) == 2000


def test_a_deep_but_sensible_expression_works() -> None:
    assert feel.evaluate("(" * 30 + "1" + ")" * 30, {}) == 1
    assert feel.evaluate("not(" * 30 + "true" + ")" * 30, {}) is True


def test_a_deep_value_from_outside_is_refused_not_crashed_on() -> None:
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(feel.FeelBudgetError):
        feel.evaluate("x", {"x": deep})
