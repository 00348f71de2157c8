"""What the modeler is told before an expression runs, in Chinese and English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel

KNOWN = ["amount", "decision", "list", "申请人.所在部门", "high-low"]


def found(text: str, known: list[str] | None = KNOWN, **options: object) -> list[tuple[int, int, str, str]]:
    problems = feel.problems(text, known, **options)  # type: ignore[arg-type]
    return [(problem.line, problem.column, problem.severity, str(problem)) for problem in problems]


def test_a_sound_expression_has_no_problem() -> None:
    for text in (
        'decision = "同意" and amount > 5000',
        "申请人.所在部门",
        "high-low * 2",
        "for i in 1..3 return i * amount",
        "list[status = 1].name",
        "{f: function(x) x + 1, r: f(1)}.r",
        "some p in list satisfies p.a = amount",
        "amount in (> 5, < 3)",
        "if amount instance of number then 1 else 2",
        "if is defined(amount) then amount else 0",
    ):
        assert found(text) == []


def test_unary_tests_are_checked_as_such() -> None:
    assert found("> amount", unary=True) == []
    assert found("> amout", unary=True) == [(1, 3, "warning", "There is no “amout”. Did you mean “amount”?")]


def test_names_are_not_checked_where_nobody_knows_them() -> None:
    assert found("whatever > 1", None) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amout > 5", (1, 1, "warning", "There is no “amout”. Did you mean “amount”?")),
        ("1 +\n 全新", (2, 2, "warning", "There is no “全新”.")),
        ("uper case(decision)", (1, 1, "error", "There is no function “uper case”. Did you mean “upper case”?")),
        ("hed of(list)", (1, 1, "error", "There is no function “hed of”. Did you mean “head of”?")),
        ("contains(decision)", (1, 1, "error", "“contains” cannot be called with these arguments: it takes (string, match).")),
        ("amount = 1 and amount = 2", (1, 12, "warning", "This can never be true: “amount” cannot be two things at once.")),
        ('string length(decision) = "1"', (1, 25, "warning", "This can never be true: a number is compared with a string.")),
        ('today() > "2026-03-02"', (1, 9, "warning", "This can never be true: a date is compared with a string.")),
        ("amount in [10..5]", (1, 11, "warning", "Nothing lies in this range: its start is after its end.")),
        ("amount instance of nummber", (1, 20, "warning", "There is no type “nummber”. Did you mean “number”?")),
        ("sum(1", (1, 6, "error", "Line 1, column 6: the expression ends here; expected “)”.")),
        ("1 +\n* 2", (2, 1, "error", "Line 2, column 1: found “*”; expected an expression.")),
        ('"abc', (1, 1, "error", "Line 1, column 1: this text has no closing quotation mark.")),
        ("if amount > 1 then 2", (1, 21, "error", "Line 1, column 21: the expression ends here; expected “else”.")),
    ],
)
def test_a_problem_tells_its_place_and_what_to_do(text: str, expected: tuple[int, int, str, str]) -> None:
    assert found(text, functions=["head of"]) == [expected]


def test_full_width_marks_of_a_chinese_keyboard_are_pointed_out() -> None:
    assert "full-width" in found("amount＞5")[0][3]
    assert "full-width" in found("decision = “同意”")[0][3]
    assert "full-width" in found("sum（amount，1）")[0][3]


def test_several_problems_come_in_the_order_of_the_text() -> None:
    assert [problem[1] for problem in found("aaa + bbb + ccc")] == [1, 7, 13]


def test_an_external_function_is_a_problem_not_an_exception() -> None:
    assert found("function(a) external {java: {}}")[0][2] == "error"


@given(st.text(max_size=40))
def test_checking_never_raises(text: str) -> None:
    for unary in (False, True):
        feel.problems(text, ["a"], unary=unary)
