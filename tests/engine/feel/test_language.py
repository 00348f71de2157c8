"""The language of FEEL: literals, operators, control, lists, contexts, functions (DMN 1.5 clause 10.3)."""

from __future__ import annotations

import pytest

from engine import feel
from tests.engine.feel.feel_table import d, value, warning


def table(text: str) -> list[tuple[str, str]]:
    """`expression => expression of the expected value` lines."""
    rows = [line.split(" => ") for line in text.strip().splitlines() if line.strip()]
    return [(left.strip(), right.strip()) for left, right in rows]


SAME = table(
    """
    1 + 2 * 3 => 7
    (1 + 2) * 3 => 9
    10 - 4 - 3 => 3
    2 ** 3 ** 2 => 64
    -3 ** 2 => 9
    --3 => 3
    1.5e3 => 1500
    .5 + .5 => 1
    0.1 + 0.2 => 0.3
    1 - 0.9 => 0.1
    7 / 2 => 3.5
    "a" + "b" => "ab"
    "审" + "批" => "审批"
    "a\\u4e2d\\n" => "a中\\n"
    "\\uD83D\\uDC0E" => "🐎"
    "\\U01F40E" => "🐎"
    1 = 1.0 => true
    "a" != "b" => true
    null = null => true
    1 = null => false
    [] = null => false
    1 = "1" => null
    "a" < "b" => true
    1 < "b" => null
    null < 1 => null
    true and false => false
    true and null => null
    false and null => false
    true or null => true
    false or null => null
    true and 3 => null
    false and "x" => false
    not(true) => false
    not(null) => null
    if true then 1 else 2 => 1
    if null then 1 else 2 => 2
    if "true" then 1 else 2 => 2
    5 between 1 and 10 => true
    5 between 6 and 10 => false
    5 between null and 10 => null
    1 between 1 and 2 and true => true
    5 in [1..5] => true
    5 in [1..5) => false
    5 in ]1..6[ => true
    5 in (> 3, < 2) => true
    5 in (1, 2) => false
    5 in [1, 5] => true
    5 in [[1..3], [4..6]] => true
    "x" in ("x", "y") => true
    5 in != 5 => false
    5 in = 5 => true
    [1, 2] in [[1, 2], [3]] => true
    date("2026-03-02") in [date("2026-03-01")..date("2026-03-31")] => true
    null in [1..2] => null
    [1, 2, 3][1] => 1
    [1, 2, 3][-1] => 3
    [1, 2, 3][4] => null
    [1, 2, 3][0] => null
    [1, 2, 3][item > 1] => [2, 3]
    [1, 2, 3][item > 5] => []
    [][1] => null
    [][item = 1] => []
    5[1] => 5
    5[item > 3] => [5]
    [{a: 1}, {a: 2}][a > 1] => [{a: 2}]
    [{a: 1}, {a: 2}][item.a > 1].a => [2]
    [{item: 1}, {item: 2}][item > 1] => [{item: 2}]
    [{a: 1}, {b: 2}][b = 2] => [{b: 2}]
    [{a: 1}, {b: 2}].a => [1, null]
    {a: 1, b: a + 1}.b => 2
    {"a b": 1}.a b => 1
    {a b: 1, c: a b + 1}.c => 2
    {a: {b: {c: 3}}}.a.b.c => 3
    {a: 1}.b => null
    null.a => null
    {if: 1}.if => 1
    for x in [1, 2] return x * 2 => [2, 4]
    for x in 1..3 return x => [1, 2, 3]
    for x in 3..1 return x => [3, 2, 1]
    for x in [1..3] return x => [1, 2, 3]
    for x in (1..4) return x => [2, 3]
    for x in [1, 2], y in [10, 20] return x + y => [11, 21, 12, 22]
    for x in [[1, 2], [3]], y in x return y => [1, 2, 3]
    for x in 1..4 return if x < 3 then 1 else partial[-1] + partial[-2] => [1, 1, 2, 3]
    for x in 5 return x => [5]
    for x in [] return x => []
    for x in null return x => null
    some x in [1, 2] satisfies x > 1 => true
    some x in [] satisfies x > 1 => false
    every x in [1, 2] satisfies x > 1 => false
    every x in [] satisfies x > 1 => true
    every x in [1, null] satisfies x > 0 => null
    some x in [1, 2], y in [2, 3] satisfies x > y => false
    {f: function(a, b) a - b, r: f(5, 2)}.r => 3
    {f: function(a, b) a - b, r: f(b: 5, a: 2)}.r => -3
    {f: function(a: number) a, r: f("x")}.r => null
    {f: function(a: number) a, r: f([3])}.r => 3
    {f: function(a: list<number>) count(a), r: f(3)}.r => 1
    {f: function(n) if n <= 1 then 1 else n * f2(n - 1), f2: function(n) n, r: f(4)}.r => 12
    (function(x) x + 1)(2) => 3
    1 instance of number => true
    1 instance of string => false
    null instance of number => false
    null instance of Null => true
    "a" instance of Any => true
    [1, 2] instance of list<number> => true
    [1, "a"] instance of list<number> => false
    {a: 1} instance of context<a: number> => true
    {b: 1} instance of context<a: number> => false
    [1..2] instance of range<number> => true
    @"P1D" instance of days and time duration => true
    @"P1M" instance of years and months duration => true
    @"2026-03-02T09:00:00" instance of date and time => true
    function(a) a instance of function<number> -> number => function(a) a instance of function<number> -> number
    1 + /* two */ 2 // three => 3
    [1, 2] = [1, 2] => true
    [1, 2] = [2, 1] => false
    {a: 1, b: 2} = {b: 2, a: 1} => true
    [1..2] = [1..2] => true
    [1..2] = [1..2) => false
    (< 5) = (< 5) => true
    [1..5].start => 1
    [1..5).end included => false
    """
)


@pytest.mark.parametrize(("expression", "expected"), SAME, ids=[row[0][:60] for row in SAME])
def test_an_expression_has_the_value_of_the_standard(expression: str, expected: str) -> None:
    assert value(expression) == value(expected)


def test_money_is_exact() -> None:
    assert value("0.1 + 0.2 = 0.3") is True
    assert value("1234567890123456789.01 * 100") == 123456789012345678901
    assert value("1 / 3") == d("0." + "3" * 34)


def test_a_number_beyond_34_digits_rounds_half_even() -> None:
    assert value("1234567890123456789012345678901234.5") == d("1234567890123456789012345678901234")
    assert value("1234567890123456789012345678901235.5") == d("1234567890123456789012345678901236")


def test_division_by_zero_is_null_and_says_so() -> None:
    assert "1 / 0" in warning("1 / 0")


def test_an_unknown_name_is_null_and_named_in_the_warning() -> None:
    assert warning("金额") == "There is no “金额”."


def test_a_missing_entry_is_null_and_named_in_the_warning() -> None:
    assert "“b”" in warning("{a: 1}.b")


def test_the_same_key_twice_makes_no_context() -> None:
    assert "twice" in warning("{a: 1, a: 2}")


def test_calling_what_is_no_function_is_null() -> None:
    assert "cannot be called" in warning("{f: 1, r: f(2)}.r")
    assert "no function" in warning("nothing(1)")


def test_warnings_tell_line_and_column() -> None:
    warnings: list[feel.Warning] = []
    feel.evaluate('1 +\n  "a"', {}, warnings=warnings)
    assert (warnings[0].line, warnings[0].column) == (1, 3)


def test_a_value_from_python_is_taken_as_an_exact_decimal() -> None:
    assert value("price * 3", {"price": 0.1}) == d("0.3")
    assert value("n + 1", {"n": 41}) == 42
    assert value("items[x > 1].x", {"items": [{"x": 1}, {"x": 2}]}) == [2]


def test_not_a_number_and_infinity_come_in_as_null() -> None:
    assert value("x", {"x": float("nan")}) is None
    assert value("x", {"x": float("inf")}) is None


def test_an_object_that_feel_has_no_type_for_is_null() -> None:
    assert value("x", {"x": object()}) is None
    assert value("x.__class__", {"x": object()}) is None


def test_python_attributes_and_functions_cannot_be_reached() -> None:
    for attack in ('"a".__class__', "sum.__globals__", '__import__("os")', 'eval("1")', '"{0}".format(1)'):
        assert value(attack) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "[1, ]",
        "f(1, )",
        "{a: 1, }",
        "{a}",
        "(1",
        "a..b",
        "if a then b",
        "for x return x",
        "1 2",
        "f(a: 1, 2)",
        "=1 =",
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as refused:
        feel.compile(text)
    assert refused.value.line == 1 and refused.value.column >= 1 and refused.value.expected


def test_an_external_function_is_refused() -> None:
    with pytest.raises(feel.FeelEvaluationError, match="never runs code"):
        feel.compile('function(a) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}')
