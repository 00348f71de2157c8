"""What holds for every expression: nothing but our own errors, exact arithmetic, text that reads back."""

from __future__ import annotations

import decimal
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from engine import feel
from tests.engine.feel.feel_table import NOW

TOKENS = st.sampled_from(
    [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "@",
        "?",
        "and",
        "or",
        "not",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "instance",
        "of",
        "function",
        "external",
        "list<number>",
        "number",
        "a",
        "b",
        "金额",
        "item",
        "partial",
        "null",
        "true",
        "false",
        "0",
        "1",
        "2.5",
        "1e400",
        '"x"',
        '"P1D"',
        '"2026-03-02"',
        '"a("',
        "date",
        "time",
        "duration",
        "sum",
        "sort",
        "matches",
        "replace",
        "substring",
        "range",
        "string",
        "get",
        "value",
    ]
)
PIECES = st.lists(TOKENS, max_size=14).map(" ".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8) | st.decimals(-1000, 1000, places=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
NUMBERS = st.decimals(-(10**12), 10**12, places=6)
EXACT = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN)


def _ends_well(text: str, unary: bool) -> None:
    try:
        expression = feel.compile(text, unary=unary)
        budget = feel.Budget(steps=5_000, room=100_000)
        found = expression.evaluate({"a": 1, "b": [1, {"a": 2}], "金额": "x", "?": 5}, now=NOW, budget=budget)
        feel.to_json(found)
    except feel.FeelError as refused:
        assert str(refused)


@given(st.text(max_size=60), st.booleans())
@example("\x00", False)
@example("a.b.", False)
@example('"\\ud800"', False)
@example("[1..", True)
@example("{a:", False)
@example("\\", False)
@example("2026-03-02", False)
def test_no_text_raises_anything_but_our_own_errors(text: str, unary: bool) -> None:
    _ends_well(text, unary)


@given(PIECES, st.booleans())
def test_no_sequence_of_feel_s_words_raises_anything_but_our_own_errors(text: str, unary: bool) -> None:
    _ends_well(text, unary)


@given(st.sampled_from(sorted(feel.BUILTINS)), st.lists(VALUES, max_size=4))
def test_no_built_in_raises_anything_but_our_own_errors(name: str, arguments: list[object]) -> None:
    context = {f"p{index}": argument for index, argument in enumerate(arguments)}
    try:
        feel.evaluate(f"{name}({', '.join(context)})", context, now=NOW)
    except feel.FeelError as refused:
        assert name == "assert" or "too" in str(refused)


@given(VALUES, VALUES)
def test_equality_is_symmetric_and_every_value_equals_itself(a: object, b: object) -> None:
    assert feel.evaluate("a = a", {"a": a}) is True
    assert feel.evaluate("a = b", {"a": a, "b": b}) is feel.evaluate("b = a", {"a": a, "b": b})


@given(NUMBERS, NUMBERS, NUMBERS)
def test_arithmetic_is_that_of_exact_decimals(a: Decimal, b: Decimal, c: Decimal) -> None:
    found = feel.evaluate("a + b * c - a / 8", {"a": a, "b": b, "c": c})
    product, eighth = EXACT.multiply(b, c), EXACT.divide(a, Decimal(8))
    assert found == EXACT.subtract(EXACT.add(a, product), eighth)


@given(NUMBERS, st.integers(0, 5))
def test_rounding_agrees_with_its_name(n: Decimal, scale: int) -> None:
    step = Decimal(1).scaleb(-scale)
    found = feel.evaluate("[round up(n, s), round down(n, s), decimal(n, s)]", {"n": n, "s": scale})
    assert found == [n.quantize(step, decimal.ROUND_UP), n.quantize(step, decimal.ROUND_DOWN), n.quantize(step)]


@given(VALUES)
def test_a_value_written_as_text_reads_back_as_itself(given_value: object) -> None:
    written = feel.evaluate("string([v])", {"v": given_value})
    assert isinstance(written, str)
    assert feel.evaluate(written, {}) == [feel.normalise(given_value)]


@given(VALUES)
def test_json_and_back_loses_nothing(given_value: object) -> None:
    found = feel.normalise(given_value)
    assert feel.from_json(feel.to_json(found)) == found
    assert repr(feel.normalise(found)) == repr(found), "once is enough"


@given(st.lists(st.integers(-50, 50), max_size=30))
def test_list_functions_agree_with_python(items: list[int]) -> None:
    context = {"l": items}
    assert feel.evaluate("sort(l, function(a, b) a < b)", context) == sorted(items)
    assert feel.evaluate("distinct values(l)", context) == list(dict.fromkeys(items))
    assert feel.evaluate("l[item > 0]", context) == [item for item in items if item > 0]
    assert feel.evaluate("reverse(reverse(l))", context) == items
    assert feel.evaluate("every i in l satisfies i > 0", context) is all(item > 0 for item in items)


@given(st.text("ab 中🐎", max_size=12), st.integers(1, 12))
def test_a_text_cut_in_two_is_whole_again(text: str, at: int) -> None:
    if at <= len(text):
        found = feel.evaluate("substring before(t, substring(t, n))", {"t": text, "n": at})
        assert text.startswith(str(found))
        assert feel.evaluate("substring(t, n)", {"t": text, "n": at}) == text[at - 1 :]
