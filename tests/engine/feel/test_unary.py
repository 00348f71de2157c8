"""Unary tests: the cells of a decision table (DMN 1.5 clause 7.3.3)."""

from __future__ import annotations

import pytest

from engine import feel


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("-", 1, True),
        ("-", None, True),
        ("5", 5, True),
        ("5", 6, False),
        ('"同意"', "同意", True),
        ('"同意", "不同意"', "不同意", True),
        ('"同意","不同意"', "退回", False),
        ("< 5", 4, True),
        ("<= 5", 5, True),
        ("> 5", 5, False),
        (">= 5, < 2", 1, True),
        ("[1..5]", 5, True),
        ("[1..5)", 5, False),
        ("]1..5]", 1, False),
        ("(1..5)", 3, True),
        ("not(5)", 5, False),
        ("not(5, 6)", 7, True),
        ("not([1..3], > 10)", 5, True),
        ("not(< limit)", 5, False),
        ("= limit", 10, True),
        ("!= limit", 10, False),
        ("limit", 10, True),
        ("< limit * 2", 15, True),
        ("? > 3 and ? < 8", 5, True),
        ("? > 3 and ? < 8", 9, False),
        ('starts with(?, "A")', "ABC", True),
        ("true", True, True),
        ("true", False, False),
        ("false", False, True),
        ("limit > 5", 1, True),
        ("[1, 2, 3]", 2, True),
        ("[1, 2, 3]", 4, False),
        ("[1, 2]", [1, 2], True),
        ("null", None, True),
        ("null", 1, False),
        ("not(null)", 1, True),
        ('date("2026-03-02")', None, False),
        ("> 5", None, None),
        ("> 5", "x", None),
        ("5", "5", None),
        ('not("x") and limit > 5', True, None),
    ],
)
def test_a_cell_passes_or_not(cell: str, value: object, expected: bool | None) -> None:
    expression = feel.compile(cell, unary=True)
    context = {"limit": 10, "?": value}
    assert expression.evaluate(context) is expected
    assert expression.test(feel.scope(context), feel.normalise(value)) is expected


def test_a_wrong_cell_says_where() -> None:
    with pytest.raises(feel.FeelSyntaxError) as refused:
        feel.compile("> 5,", unary=True)
    assert (refused.value.line, refused.value.column) == (1, 5)


def test_many_cells_share_a_scope_and_its_budget() -> None:
    budget = feel.Budget(steps=50)
    scope = feel.scope({"xs": list(range(40))}, budget=budget)
    cell = feel.compile("count(xs[item > 3]) > ?", unary=True)
    child = feel.Scope({"?": feel.normalise(1)}, scope, scope.run)
    with pytest.raises(feel.FeelBudgetError):
        for _ in range(3):
            cell.test(child, feel.normalise(1))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("? > 5000 and ? < 50000", None),
        ("? > limit", None),
        ("limit", None),
        ("= limit", None),
        ("person.level", None),
        ("flag", None),
        ("[1..limit]", None),
        ('"VIP"', False),
        ('"VIP", "普通"', False),
        ("[1..5]", None),
        ("not(limit)", None),
        ("? = limit", None),
        ("? in (limit)", None),
        ("? = person.level or ? = limit", None),
        ("gaps", None),
        ("not(gaps)", None),
        ("[limit, 5]", None),
        ("rows.level", None),
        ("some row in rows satisfies row.level = ?", None),
        ("-", True),
        ('[null, "VIP"]', True),
        ("? in (null, 5)", True),
        ("null", True),
        ('"VIP", null', True),
        ("= null", True),
        ("? = null", True),
        ("? = null or ? > 5", True),
        ('not("VIP")', True),
        ("!= 5", True),
        ("not(null)", False),
    ],
)
def test_a_missing_input_passes_only_the_cells_that_ask_for_it(cell: str, expected: bool | None) -> None:
    expression = feel.compile(cell, unary=True)
    context = {"limit": None, "person": {}, "flag": True, "gaps": [None, 5], "rows": [{"level": 1}, {}], "?": None}
    assert expression.evaluate(context) is expected
    assert expression.test(feel.scope(context), None) is expected


def test_a_cell_with_a_question_mark_matches_only_when_it_is_true() -> None:
    for cell in ("? + 1", "if ? > 5 then null else 6", '"x"[? > 3]'):
        assert feel.compile(cell, unary=True).test(feel.scope({"?": 6}), feel.normalise(6)) is None


def test_a_cell_that_names_a_missing_value_matches_nothing_that_was_given_either() -> None:
    for cell in ("limit", "= limit", "!= limit", "not(limit)", "> limit"):
        expression = feel.compile(cell, unary=True)
        assert expression.test(feel.scope({"limit": None}), feel.normalise(5)) is not True, cell


def test_the_operator_in_goes_by_the_letter_of_the_standard() -> None:
    assert feel.evaluate("null in (limit)", {"limit": None}) is True
