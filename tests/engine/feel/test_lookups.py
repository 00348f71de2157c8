"""Functions that the engine hands in: people, calendar. Pure FEEL has none of them."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from engine import errors, feel


def working_days_after(date: datetime.date, n: Decimal) -> datetime.date:
    return date + datetime.timedelta(days=int(n))


def head_of(department: str, level: Decimal = Decimal(1)) -> str:
    return f"{department}{level}"


FUNCTIONS = {"working days after": working_days_after, "head of": head_of}


def test_a_lookup_gets_python_s_values_and_its_result_comes_back_as_feel_s() -> None:
    found = feel.evaluate('working days after(@"2026-03-02", 3) > @"2026-03-04"', {}, functions=FUNCTIONS)
    assert found is True


def test_a_lookup_takes_named_and_optional_arguments() -> None:
    assert feel.evaluate('head of("财务部")', {}, functions=FUNCTIONS) == "财务部1"
    assert feel.evaluate('head of(level: 2, department: "财务部")', {}, functions=FUNCTIONS) == "财务部2"


def test_a_lookup_with_wrong_arguments_is_null() -> None:
    warnings: list[feel.Warning] = []
    assert feel.evaluate("head of()", {}, functions=FUNCTIONS, warnings=warnings) is None
    assert "0 arguments" in str(warnings[0])


def test_a_lookup_given_the_wrong_type_is_null_and_named() -> None:
    warnings: list[feel.Warning] = []
    assert feel.evaluate('working days after("tomorrow", 1)', {}, functions=FUNCTIONS, warnings=warnings) is None
    assert str(warnings[0]) == "“working days after” cannot work with these arguments."


def test_a_lookup_s_refusal_reaches_the_caller() -> None:
    def forbidden() -> None:
        raise errors.Forbidden("Not yours.")

    with pytest.raises(errors.Forbidden):
        feel.evaluate("secret()", {}, functions={"secret": forbidden})


def test_without_the_engine_there_is_no_lookup() -> None:
    warnings: list[feel.Warning] = []
    assert feel.evaluate('head of("财务部")', {}, warnings=warnings) is None
    assert str(warnings[0]) == "There is no function “head of”."


def test_a_lookup_is_a_value_like_any_function() -> None:
    found = feel.evaluate('for d in ["甲", "乙"] return head of(d)', {}, functions=FUNCTIONS)
    assert found == ["甲1", "乙1"]


def test_lookups_cost_more_than_arithmetic() -> None:
    try:
        feel.evaluate('for i in 1..5000 return head of("x")', {}, functions=FUNCTIONS)
    except feel.FeelBudgetError as refused:
        assert "too many steps" in str(refused)
    else:
        raise AssertionError("five thousand look-ups in one expression were let through")


def test_a_function_value_may_leave_its_expression_and_be_called_in_another() -> None:
    twice = feel.evaluate("function(x) x * 2", {})
    assert feel.evaluate("f(21)", {"f": twice}) == 42


def test_a_knowledge_model_is_a_function_value() -> None:
    def call(run: object, arguments: list[object]) -> object:
        first, second = arguments
        assert isinstance(first, Decimal) and isinstance(second, Decimal)
        return first - second

    minus = feel.Function("minus", ("a", "b"), call)
    assert feel.evaluate("minus(b: 2, a: 5)", {"minus": minus}) == 3
    assert feel.evaluate("minus(1)", {"minus": minus}) is None


def test_named_types_of_a_model_serve_instance_of() -> None:
    scope = feel.scope({"x": 5}, types={"tSmall": lambda value: isinstance(value, Decimal) and value < 10})
    assert feel.compile("x instance of tSmall").run(scope) is True
    assert feel.compile("x instance of tLarge").run(scope) is None
