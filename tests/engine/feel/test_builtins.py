"""The built-in functions (DMN 1.5 clause 10.3.4) and Camunda 8's."""

from __future__ import annotations

import pytest

from engine import feel
from engine.feel.data import types
from tests.engine.feel.feel_table import d, value

CASES: list[tuple[str, object]] = [
    # conversion
    ('number("1 000,5", " ", ",")', d("1000.5")),
    ('number("1,000.5", ",", ".")', d("1000.5")),
    ('number("1.5")', d("1.5")),
    ('number("1.000,5", ".", ".")', None),
    ('number("x")', None),
    ('number("1,000.5", ",")', None),  # both separators or none
    ('number(from: "1,000", grouping separator: ",")', None),
    ('number("1,000", ",", null)', 1000),
    ("number(12.5)", d("12.5")),
    ('number(12.5, ",", ".")', None),
    ("string(1.50)", "1.5"),
    ("string(10000000000000000000000)", "10000000000000000000000"),
    ("string(0.0000001)", "0.0000001"),
    ("string(true)", "true"),
    ("string(null)", None),
    ('string([1, "a", {b: null}])', '[1, "a", {b: null}]'),
    ('string({"a!": 1})', '{"a!": 1}'),
    ("string([1..5))", "[1..5)"),
    ("string(> 5)", "> 5"),
    ("format number(1234.5)", "1,234.50"),
    ("format number(1234.5, 0)", "1,234"),
    ("format number(-0.005)", "0.00"),
    ("format number(-0.4, 0)", "0"),
    ("format number(-0.006)", "-0.01"),
    ("format number(-1234.5)", "-1,234.50"),
    # lists of one are taken out once
    ('upper case(["a"])', "A"),
    ('upper case([["a"]])', None),
    ("floor([[1.5]])", None),
    ('(function(a: string) a)(["x"])', "x"),
    ('(function(a: string) a)([["x"]])', None),
    # texts
    ('substring("foobar", 3)', "obar"),
    ('substring("foobar", 3, 3)', "oba"),
    ('substring("foobar", -2, 1)', "a"),
    ('substring("foobar", 0)', None),
    ('substring("🐎foo", 2)', "foo"),
    ('string length("🐎")', 1),
    ('upper case("aBc4")', "ABC4"),
    ('lower case("aBc4")', "abc4"),
    ('substring before("foobar", "bar")', "foo"),
    ('substring before("foobar", "xyz")', ""),
    ('substring after("foobar", "ob")', "ar"),
    ('substring after("foobar", "")', "foobar"),
    ('contains("foobar", "of")', False),
    ('starts with("单号-1", "单号")', True),
    ('ends with("foobar", "r")', True),
    ('split("张三;李四;;王五", ";")', ["张三", "李四", "", "王五"]),
    (r'split("a1b22c", "\\d+")', ["a", "b", "c"]),
    ('string join(["a", null, "b"], ", ")', "a, b"),
    ('string join(["a", "b"], ", ", "[", "]")', "[a, b]"),
    ("string join([1], null)", None),
    (r'extract("references are 1234, 1256", "12[0-9]*")', ["1234", "1256"]),
    ('trim("  x ")', "x"),
    ('is blank(" ")', True),
    ('to base64("FEEL")', "RkVFTA=="),
    # numbers
    ("decimal(2.5, 0)", 2),
    ("decimal(1 / 3, 2)", d("0.33")),
    ("round up(-5.5, 0)", -6),
    ("round down(5.5, 0)", 5),
    ("round half up(5.5, 0)", 6),
    ("round half down(5.5, 0)", 5),
    ("round half up(1.125, 2)", d("1.13")),
    ("floor(-1.5)", -2),
    ("floor(1.56, 1)", d("1.5")),
    ("ceiling(1.5)", 2),
    ("decimal(1, 7000)", None),
    ("abs(-10)", 10),
    ("modulo(12, 5)", 2),
    ("modulo(-12, 5)", 3),
    ("modulo(12, -5)", -3),
    ("modulo(10.1, 4.5)", d("1.1")),
    ("modulo(1, 0)", None),
    ("sqrt(16)", 4),
    ("sqrt(-1)", None),
    ("decimal(log(10), 8)", d("2.30258509")),
    ("decimal(exp(5), 8)", d("148.41315910")),
    ("odd(5)", True),
    ("even(5)", False),
    # lists
    ("list contains([1, null], null)", True),
    ("count([1, null])", 2),
    ("count(5)", 1),
    ("min(1, 2, 0)", 0),
    ("min([3, 2])", 2),
    ('max(["a", "b"])', "b"),
    ("max([1, null])", None),
    ("min([])", None),
    ("sum([1, 2.5])", d("3.5")),
    ("sum(1, 2)", 3),
    ("sum([])", None),
    ('sum([1, "a"])', None),
    ("product([2, 3])", 6),
    ("mean([1, 2, 3, 6])", 3),
    ("median([8, 2, 5, 3, 4])", 4),
    ("median([6, 1, 2, 3])", d("2.5")),
    ("decimal(stddev(2, 4, 7, 5), 6)", d("2.081666")),
    ("stddev([1])", None),
    ("mode(6, 3, 9, 6, 6)", [6]),
    ("mode([6, 1, 9, 6, 1])", [1, 6]),
    ("mode([])", []),
    ("all([true, null])", None),
    ("all([false, null])", False),
    ("all([])", True),
    ("any([true, null])", True),
    ("any([])", False),
    ("and([true, true])", True),
    ("or(false, true)", True),
    ("sublist([4, 5, 6], 1, 2)", [4, 5]),
    ("sublist([4, 5, 6], -2)", [5, 6]),
    ("sublist([4], 3)", None),
    ("append([1], 2, 3)", [1, 2, 3]),
    ("append(list: [1], item: 2)", [1, 2]),
    ("concatenate([1], [2], [3])", [1, 2, 3]),
    ("insert before([1, 3], 1, 2)", [2, 1, 3]),
    ("insert before([1], 5, 2)", None),
    ("remove([1, 2, 3], 2)", [1, 3]),
    ("list replace([1, 2, 3], 2, 9)", [1, 9, 3]),
    ("list replace([1, 5], function(item, newItem) item < newItem, 3)", [3, 5]),
    ("reverse([1, 2])", [2, 1]),
    ("index of([1, 2, 1], 1)", [1, 3]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("distinct values([1, 1.0, true, null, null])", [1, True, None]),
    ("distinct values([[1], [1], {a: 1}, {a: 1.0}])", [[1], {"a": 1}]),
    ("duplicate values([1, 2, 1, 3, 3])", [1, 3]),
    ("flatten([1, [2, [3]]])", [1, 2, 3]),
    ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ("is empty([])", True),
    ("sort([3, 1, 2])", [1, 2, 3]),
    ("sort([3, 1, 2], function(a, b) a > b)", [3, 2, 1]),
    ("sort(precedes: function(a, b) a < b, list: [2, 1])", [1, 2]),
    # contexts
    ('get value({a: 1}, "a")', 1),
    ('get value({a: {b: 2}}, ["a", "b"])', 2),
    ('get value({a: 1}, "b")', None),
    ("get entries({a: 1})", [{"key": "a", "value": 1}]),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ('context([{key: "a"}])', None),
    ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": 2}}),
    ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
    ("context merge([1])", None),
    ('context put({x: 1}, ["y", "z"], 2)', {"x": 1, "y": {"z": 2}}),
    ('context put({x: 1}, ["x", "z"], 2)', None),
    # JSON
    (r'from json("{\"a\": [1, 0.1, true, null]}")', {"a": [1, d("0.1"), True, None]}),
    (r'from json("{a: 1}")', None),
    ('from json("NaN")', None),
    ('to json({a: [1.50, "x", null], d: @"2026-03-02"})', '{"a":[1.5,"x",null],"d":"2026-03-02"}'),
    # anything
    ("get or else(null, 5)", 5),
    ("get or else(1 / 0, 5)", 5),
    ("is defined(a.b)", False),
    ("is defined(nothing)", False),
    ("is({a: 1}, {a: 1})", True),
    ("is(1, null)", False),
    # ranges
    ("before(1, 10)", True),
    ("before([1..5), [5..9])", True),
    ("before([1..5], [5..9])", False),
    ("after(10, [1..5])", True),
    ("meets([1..5], [5..10])", True),
    ("meets([1..5), [5..10])", False),
    ("met by([5..10], [1..5])", True),
    ("overlaps([1..5], [3..8])", True),
    ("overlaps([1..5), [5..8])", False),
    ("overlaps before([1..5], [4..8])", True),
    ("overlaps after([4..8], [1..5])", True),
    ("finishes(10, [1..10])", True),
    ("finishes([5..10], [1..10])", True),
    ("finished by([1..10], [5..10])", True),
    ("includes([1..10], 5)", True),
    ("includes([1..10], [1..11])", False),
    ("during(5, [1..10])", True),
    ("during([2..3], [1..10])", True),
    ("starts(1, [1..10])", True),
    ("starts([1..5], [1..10])", True),
    ("started by([1..10], 1)", True),
    ("coincides([1..5], [1..5])", True),
    ("coincides([1..5], [1..5))", False),
    ('before("a", 1)', None),
    ('range("[1..5)") = [1..5)', True),
    ('range("[1..x]")', None),
    ('range("(< 5)") = (< 5)', True),
    ('range("[@\\"2026-03-02\\"..date(\\"2026-03-09\\")]").start', "2026-03-02"),
    ('range("5")', None),
    # arguments
    ('contains(["foobar"], "foo")', True),
    ("sum(null)", None),
    ('substring(string: "abc", start position: 2)', "bc"),
    ('substring(text: "abc", start position: 2)', None),
    ('contains("a")', None),
    ("floor(null)", None),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case[0][:60] for case in CASES])
def test_a_built_in_gives(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('range("[3..1]")', None),
        ('range("[\\"z\\"..\\"a\\"]")', None),
        ('range("[@\\"2026-03-02\\"..@\\"2026-03-01\\"]")', None),
        ("[3..1]", None),
        ("2 in [3..1]", None),
        ("for i in 3..1 return i", [3, 2, 1]),
        ('range("[2..)") = >= 2', True),
        ('range("(2..)") = > 2', True),
        ('range("(..2]") = <= 2', True),
        ('range("(..2)") = < 2', True),
        ('range(" [ 1 .. 3 ] ") = [1..3]', True),
        ('range("]1..3[") = (1..3)', True),
        ('range("[..2]")', None),
        ('range("[1..]")', None),
        ('range(">= 10")', None),
        ('range("[1..\\"b\\"]")', None),
        ('range("[@\\"2026-03-01\\"..@\\"2026-03-02T00:00:00Z\\"]")', None),
        ('range("[null..null]")', None),
        ('range("")', None),
    ],
)
def test_a_range_has_an_order_and_may_lack_an_open_end(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('is(@"23:00:50@Australia/Melbourne", @"23:00:50@Australia/Sydney")', True),
        ('is(@"2021-04-02T23:00:00@Australia/Melbourne", @"2021-04-02T23:00:00+11:00")', True),
        ('is(@"2021-10-02T23:00:00@Australia/Melbourne", @"2021-10-02T23:00:00+11:00")', False),
        ('is(@"12:00:00-01:00", @"17:00:00+04:00")', False),
        ('is(@"23:00:50", @"23:00:50Z")', False),
        ('is(@"2012-12-25", @"2012-12-25T00:00:00Z")', False),
        ('is(value2: @"2012-12-25", value1: @"2012-12-25")', True),
        ('is(value1: @"2012-12-25")', None),
    ],
)
def test_is_compares_clock_and_offset(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('(function() "x") instance of function<>->string', True),
        ('(function() "x") instance of function<>->number', False),
        ('(function() "x") instance of function<>->Any', True),
        ("(function(a: number) a > 1) instance of function<number>->boolean", True),
        ("(function(a: number) a) instance of function<string>->Any", False),
        ("(function(a: number, b: number) a) instance of function<number>->Any", False),
        ("(function(a) {b: 1, c: 2}) instance of function<list<number>>->context<b: number>", True),
        ("(function(a) {b: 1}) instance of function<list<number>>->context<b: number, c: number>", False),
        ("(function(a: context<a: string>) 1) instance of function<context<a: string, b: string>>->number", True),
        ("(function(a: context<a: string, b: string>) 1) instance of function<context<a: string>>->number", False),
        ("sum instance of function<list<number>>->number", True),
    ],
)
def test_a_function_is_an_instance_of_a_type_that_asks_no_more(expression: str, expected: bool) -> None:
    assert value(expression) is expected


def test_is_defined_tells_a_null_from_an_absent_name() -> None:
    assert value("is defined(x)", {"x": None}) is True
    assert value("is defined(x.a)", {"x": {"a": None}}) is True
    assert value("is defined(x.b)", {"x": {"a": None}}) is False


def test_an_assertion_that_fails_is_an_error_with_the_cause() -> None:
    assert value('assert(5, 5 > 3, "must be more")') == 5
    with pytest.raises(feel.FeelEvaluationError, match="must be more"):
        value('assert(1, 1 > 3, "must be more")')
    with pytest.raises(feel.FeelEvaluationError):
        value("assert(1, false)")


def test_random_values_stay_in_bounds_and_differ() -> None:
    numbers = feel.evaluate("for i in 1..20 return random number()", {})
    assert isinstance(numbers, list) and len(set(numbers)) > 1
    assert all(0 <= number < 1 for number in numbers)
    assert value("uuid()") != value("uuid()")


def test_a_wrong_argument_is_null_and_named_in_the_warning() -> None:
    warnings: list[feel.Warning] = []
    assert feel.evaluate('floor("x")', {}, warnings=warnings) is None
    assert str(warnings[0]) == "The argument “n” cannot be a string."


def test_every_built_in_explains_itself_and_names_its_parameters() -> None:
    for name, builtin in feel.BUILTINS.items():
        assert builtin.doc, name
        assert builtin.signatures
        kinds = {kind for signature in builtin.signatures for p in signature.parameters for kind in p.kinds}
        assert kinds <= types.NAMES, name


def test_a_built_in_can_be_handed_on_as_a_value() -> None:
    assert value("{f: sum, r: f([1, 2])}.r") == 3
    assert value("sort([[1, 2], [3]], function(a, b) count(a) < count(b))") == [[3], [1, 2]]
    assert value("sum") == "function"
