"""Names: Chinese, with spaces, with operators and keywords inside; where a name ends."""

from __future__ import annotations

import datetime

import pytest

from engine import feel
from tests.engine.feel.feel_table import value


@pytest.mark.parametrize(
    ("expression", "context", "expected"),
    [
        ("金额 > 5000", {"金额": 6000}, True),
        ("申请 金额 + 1", {"申请 金额": 1}, 2),
        ("金额（元） * 2", {"金额（元）": 2}, 4),
        ("申请人.所在部门", {"申请人": {"所在部门": "财务部"}}, "财务部"),
        ("order date.year", {"order date": datetime.date(2026, 3, 2)}, 2026),
        ("applicant.first  name", {"applicant": {"first name": "丽"}}, "丽"),
        ("address line 1", {"address line 1": "x"}, "x"),
        ("high-low", {"high-low": 3, "high": 10, "low": 1}, 3),
        ("high - low", {"high-low": 3, "high": 10, "low": 1}, 9),
        ("high-low", {"high": 10, "low": 1}, 9),
        ("terms and conditions", {"terms and conditions": True}, True),
        ("terms and conditions", {"terms": True, "conditions": False}, False),
        ("Approved/Declined", {"Approved/Declined": "Approved"}, "Approved"),
        ("Student's name", {"Student's name": "Li"}, "Li"),
        ("a + b", {"a + b": 1, "a": 5, "b": 5}, 1),
        ("if approved", {"if approved": 1}, 1),
        ("?", {"?": 7}, 7),
    ],
)
def test_a_name_is_read_as_far_as_the_known_names_say(expression: str, context: dict[str, object], expected: object) -> None:
    assert value(expression, context) == expected


def test_names_declared_in_the_text_may_hold_operators() -> None:
    assert value("{a-b: 1, c: a-b + 1}.c") == 2
    assert value("for x-y in [1, 2] return x-y * 2") == [2, 4]
    assert value("(function(x-y) x-y + 1)(1)") == 2


def test_a_keyword_ends_a_name() -> None:
    assert value("if a b then c d else 0", {"a b": True, "c d": 1}) == 1
    assert value("some x y in [1] satisfies x y = 1") is True
    assert value("a b in [1, 2]", {"a b": 1}) is True
    assert value("a b between 1 and 2", {"a b": 1}) is True
    assert value("a b instance of number", {"a b": 1}) is True


def test_a_name_of_the_context_hides_a_built_in() -> None:
    assert value("count + 1", {"count": 1}) == 2
    assert value("date", {"date": "x"}) == "x"


def test_a_variable_called_like_a_function_does_not_hide_the_function() -> None:
    assert value("date(date).year", {"date": "2026-03-02"}) == 2026
    assert value("sum([sum, 1])", {"sum": 5}) == 6
    assert value("{count: 3, r: count([1]) + count}.r") == 4


def test_a_keyword_as_a_key_stays_a_keyword() -> None:
    assert value("{true: true, if: if true then 1 else 2}") == {"true": True, "if": 1}


def test_many_special_names_are_known_quickly() -> None:
    names = [f"a-{i}" for i in range(2_000)]
    assert feel.compile("a-1999 + 1", names=names).evaluate({"a-1999": 1}) == 2


def test_free_names_are_those_the_text_does_not_declare() -> None:
    assert feel.compile("a + b.c + sum(d)").names == {"a", "b", "d"}
    assert feel.compile("for x in xs return x + y").names == {"xs", "y"}
    assert feel.compile("{a: 1, b: a + c}").names == {"c"}
    assert feel.compile("function(p) p + q").names == {"q"}
    assert feel.compile("list[item.a > limit]").names == {"list", "limit"}
    assert feel.compile("x in (> y)").names == {"x", "y"}
    assert feel.compile("head of(部门)").names == {"head of", "部门"}
    assert feel.compile("> 限额", unary=True).names == {"限额"}


def test_a_field_called_like_a_built_in_is_a_free_name() -> None:
    assert feel.compile("date > 5").names == {"date"}


def test_camunda_marks_an_expression_by_an_equals_sign() -> None:
    assert feel.is_expression("=a > 1") and feel.is_expression(" = a")
    assert not feel.is_expression("a > 1") and not feel.is_expression("")
    assert feel.body("=a > 1") == "a > 1"
    assert feel.body("a > 1") == "a > 1"


def test_compiling_again_gives_the_same_expression() -> None:
    assert feel.compile("1 + 1") is feel.compile("1 + 1")


@pytest.mark.parametrize(
    ("expression", "context", "expected"),
    [
        ('`dinner.meal` = "salad"', {"dinner.meal": "salad"}, True),
        ("order.`total-sum` * 2", {"order": {"total-sum": 4}}, 8),
        ("`if` + `a b`", {"if": 1, "a b": 2}, 3),
        ("{`a.b`: 1, c: `a.b` + 1}.c", {}, 2),
        ("for `x.y` in [1, 2] return `x.y` * 2", {}, [2, 4]),
        ("some `x.y` in [1, 2] satisfies `x.y` > 1", {}, True),
        ("(function(`p q`) `p q` * 2)(`p q`: 4)", {}, 8),
        ("list[`a-b` > 1].`a-b`", {"list": [{"a-b": 1}, {"a-b": 2}]}, [2]),
        ("`（元）`", {"（元）": 5}, 5),
    ],
)
def test_a_name_in_backticks_is_what_they_enclose(expression: str, context: dict[str, object], expected: object) -> None:
    assert value(expression, context) == expected
    assert [str(problem) for problem in feel.problems(expression)] == []


def test_a_name_in_backticks_may_be_known() -> None:
    assert feel.compile("`dinner.meal` + other").names == {"dinner.meal", "other"}
    assert feel.problems("`dinner.meal` = 1", ["dinner.meal"]) == []
    assert str(feel.problems("`dinner.meel` = 1", ["dinner.meal"])[0]).endswith("Did you mean “dinner.meal”?")


def test_a_backtick_that_does_not_close_says_where() -> None:
    with pytest.raises(feel.FeelSyntaxError, match="column 5"):
        feel.compile("1 + `a")
