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


@pytest.mark.parametrize(
    ("text", "column", "sign", "meant"),
    [
        ("amount＞5", 7, "＞", ">"),
        ("amount ＞ 5", 8, "＞", ">"),
        ("amount＞=5", 7, "＞", ">"),
        ("amount＝5", 7, "＝", "="),
        ("amount in (1，2)", 13, "，", ","),
        ("amount in (1、2)", 13, "、", ","),
        ("sum（1)", 4, "（", "("),
        ("not（true）", 4, "（", "("),
        ("{a：1}", 3, "：", ":"),
        ("decision = “同意”", 12, "“", '"'),
        ('if amount > 1 then “a” else "b"', 20, "“", '"'),
        ("amount > １０", 10, "１０", "10"),
        ("amount ≥ 5", 8, "≥", ">="),
        ("amount ＋ 1", 8, "＋", "+"),
        ("amount；1", 7, "；", ";"),
    ],
)
def test_a_full_width_sign_is_named_with_what_to_write(text: str, column: int, sign: str, meant: str) -> None:
    for known in (None, KNOWN):
        problem = feel.problems(text, known)[0]
        assert (problem.column, problem.severity) == (column, "error")
        assert problem.values == {"sign": sign, "meant": meant}


def test_full_width_signs_in_texts_comments_and_known_names_are_left_alone() -> None:
    for text in (
        '"（同意），好：１０＞５"',
        "amount // （注）",
        "amount /* ， */ + 1",
        "`金额（元）` + 1",
        "第１季度",
        "金额（元） + 1",
    ):
        assert found(text, None) == []
    assert found("费用：合计 + 1", ["费用：合计"]) == []
    assert found("金额（元） + 1", ["金额（元）"]) == []
    assert found("{金额（元）: 1}.金额（元）", []) == []


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("VIP", '"VIP级"'),
        ("not(VIP)", '"VIP级"'),
        ('"普通", VIP', '"VIP级"'),
        ("= VIP", '"VIP级"'),
        ("? = VIP", '"VIP级"'),
        ('? in ("普通", VIP)', '"VIP级"'),
        ("[VIP]", '"VIP级"'),
        ("if amount > 1 then VIP else 1", '"VIP级"'),
        ("总经理", '"总经理"'),
    ],
)
def test_an_unquoted_word_of_a_cell_is_an_error_with_the_text_most_like_it(cell: str, meant: str) -> None:
    [problem] = feel.problems(cell, ["amount"], unary=True, quoted=["VIP级", "普通"])
    assert (problem.severity, problem.values["meant"]) == ("error", meant)


def test_an_unknown_name_in_a_sum_or_an_order_stays_a_warning() -> None:
    for cell in ("> limit", "? > limit", "[1..limit]", "limit + 1"):
        assert [problem.severity for problem in feel.problems(cell, [], unary=True, quoted=["a"])] == ["warning"]


def test_a_constant_of_another_language_is_told_as_feel_writes_it() -> None:
    [problem] = feel.problems("TRUE", [], unary=True, quoted=["a"])
    assert str(problem) == "There is no “TRUE”. Write true."


def test_a_value_for_an_ai_agent_is_refused_with_a_sentence() -> None:
    [problem] = feel.problems('fromAi(toolCall.amount, "the amount")')
    assert (problem.severity, "AI agent" in str(problem)) == ("error", True)


def test_a_comparison_written_the_wrong_way_round_stays_an_error() -> None:
    assert [problem.severity for problem in feel.problems("amount => 5")] == ["error"]


def test_several_problems_come_in_the_order_of_the_text() -> None:
    assert [problem[1] for problem in found("aaa + bbb + ccc")] == [1, 7, 13]


def test_an_external_function_is_a_problem_not_an_exception() -> None:
    assert found("function(a) external {java: {}}")[0][2] == "error"


@given(st.text(max_size=40))
def test_checking_never_raises(text: str) -> None:
    for unary in (False, True):
        feel.problems(text, ["a"], unary=unary)
