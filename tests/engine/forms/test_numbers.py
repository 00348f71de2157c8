"""Numbers as people type them, and bounds that an expression gives."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine import errors, forms

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
COMMA = "Please check the comma: it stands between groups of three digits only, as in 1,234.50; decimals follow a point."


def submit(typed: Any, context: dict[str, Any] | None = None, **attributes: Any) -> Any:
    raw = {"type": "number", "key": "a", "label": "金额", **attributes}
    form = forms.load({"id": "f", "components": [raw]})
    return forms.validate(form, {"a": typed}, context or {}, now=NOW)["a"]


def refused(typed: Any, context: dict[str, Any] | None = None, **attributes: Any) -> list[str]:
    with pytest.raises(errors.Invalid) as caught:
        submit(typed, context, **attributes)
    return [str(each) for each in caught.value.fields["a"]]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        ("-1,234", "-1234"),
        ("+12,345.", "12345"),
        ("1234.5", "1234.5"),
        (".5", "0.5"),
        ("１２３", "123"),
        ("１，２３４．５６", "1234.56"),
        ("－５", "-5"),
        ("＋５", "5"),
        ("１２。５", "12.5"),
        ("　12　", "12"),
        ("−3", "-3"),
    ],
)
def test_a_number_is_read_as_it_was_meant(typed: str, kept: str) -> None:
    assert submit(typed) == Decimal(kept)


@pytest.mark.parametrize(
    "typed",
    ["12,5", "1.234,56", "1,23", "1,2345", "12,34,567", "1234,567", ",5", "1,", "1,,234", "0.123,456", "１２，５", "-,123"],
)
def test_a_comma_that_stands_elsewhere_is_refused_at_the_field(typed: str) -> None:
    assert refused(typed) == [COMMA]


@pytest.mark.parametrize(
    "typed", ["abc", "1 000", "5元", "1e", "--5", "a,b", "٣", "½", "NaN", "Infinity", True, ["1"], "1.2.3"]
)
def test_what_is_no_number_is_refused_at_the_field(typed: Any) -> None:
    assert refused(typed) == ["This must be a number."]


@pytest.mark.parametrize("attribute", ["min", "max"])
def test_a_bound_whose_expression_gives_no_number_is_refused_at_the_field_not_a_failure(attribute: str) -> None:
    for value in ("abc", "1,000", [1], {"a": 1}, True):
        [text] = refused(5, {"limit": value}, validate={attribute: "=limit"})
        assert f"The bound “{attribute}”" in text
    assert submit(5, {"limit": None}, validate={attribute: "=limit"}) == 5
    assert submit(5, {"limit": "5"}, validate={attribute: "=limit"}) == 5


def test_lengths_and_counts_from_expressions_are_no_failure_either() -> None:
    text = {"type": "textfield", "key": "a", "label": "a", "validate": {"minLength": "=n", "maxLength": "=n"}}
    form = forms.load({"id": "f", "components": [text]})
    assert forms.validate(form, {"a": "xx"}, {"n": 2}, now=NOW) == {"a": "xx"}
    with pytest.raises(errors.Invalid):
        forms.validate(form, {"a": "xx"}, {"n": "two"}, now=NOW)


def test_long_numbers_meet_decimals_and_steps_exactly() -> None:
    long = "1" * 30 + ".001"
    assert submit(long, increment="0.001", decimalDigits=3) == Decimal(long)
    assert refused(long, increment="0.01") == ["This goes in steps of 0.01."]
    assert refused(long, decimalDigits=2) == ["At most 2 decimal places."]
    assert submit("1.500", decimalDigits=1) == Decimal("1.500")


@pytest.mark.parametrize("typed", ["09:30", "00:00", "23:59"])
def test_a_time_of_day_is_never_in_the_past(typed: str) -> None:
    raw = {"type": "datetime", "key": "a", "label": "时间", "subtype": "time", "disallowPassedDates": True}
    form = forms.load({"id": "f", "components": [raw]})
    assert forms.validate(form, {"a": typed}, {}, now=NOW) == {"a": typed}
