"""Random tables: what the compiled table answers is what reading it line by line answers."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import decisions, errors
from tests.engine.decisions import dmn

CHANNELS = ("电话", "邮件", "短信")
bounds = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
channels = st.frozensets(st.sampled_from(CHANNELS))
rules = st.lists(st.tuples(bounds, channels, st.integers(0, 4)), min_size=1, max_size=8)
Rules = list[tuple[list[int], frozenset[str], int]]


def cells(rule: tuple[list[int], frozenset[str], int]) -> list[str]:
    """A rule as it would be drawn; no channel named means any."""
    (low, high), named, answer = rule
    return [f"[{low}..{high}]", ", ".join(f'"{name}"' for name in sorted(named)) or "-", str(answer)]


def matching(table: Rules, amount: int, channel: str) -> list[int]:
    return [answer for (low, high), named, answer in table if low <= amount <= high and (not named or channel in named)]


def made(table: Rules, policy: str, aggregation: str, amount: int, channel: str) -> object:
    drawn = dmn.table(["a", "c"], ["y"], [cells(rule) for rule in table], policy, aggregation, values=["4,3,2,1,0"])
    model = decisions.parse(dmn.model(dmn.inputs("a", "c"), dmn.decision("d", drawn, "a", "c")))
    return decisions.evaluate(model, "d", {"a": amount, "c": channel}).value


@settings(max_examples=40)
@given(rules, st.integers(0, 9), st.sampled_from(CHANNELS))
def test_every_policy_answers_as_a_reader_would(table: Rules, amount: int, channel: str) -> None:
    hits = matching(table, amount, channel)
    expected: dict[tuple[str, str], object] = {
        ("COLLECT", ""): hits,
        ("RULE ORDER", ""): hits,
        ("OUTPUT ORDER", ""): sorted(hits, reverse=True),
        ("FIRST", ""): hits[0] if hits else None,
        ("PRIORITY", ""): max(hits, default=None),
        ("COLLECT", "SUM"): sum(hits) if hits else None,
        ("COLLECT", "MIN"): min(hits, default=None),
        ("COLLECT", "MAX"): max(hits, default=None),
        ("COLLECT", "COUNT"): len(hits),
    }
    for (policy, aggregation), answer in expected.items():
        assert made(table, policy, aggregation, amount, channel) == answer, policy


@settings(max_examples=40)
@given(rules, st.integers(0, 9), st.sampled_from(CHANNELS))
def test_unique_and_any_answer_or_name_exactly_the_rules_that_collide(table: Rules, amount: int, channel: str) -> None:
    hits = matching(table, amount, channel)
    for policy, collides in (("UNIQUE", len(hits) > 1), ("ANY", len(set(hits)) > 1)):
        try:
            answer = made(table, policy, "", amount, channel)
        except decisions.RuleConflict as conflict:
            assert collides
            assert len(str(conflict.values["rules"]).split(", ")) == len(hits)
        else:
            assert not collides
            assert answer == (hits[0] if hits else None)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_no_input_raises_anything_but_a_refusal(value: object) -> None:
    try:
        outcome = made([([0, 9], frozenset(), 1), ([3, 4], frozenset({"电话"}), 2)], "COLLECT", "", value, value)  # type: ignore[arg-type]
    except errors.Refusal:
        return
    assert isinstance(outcome, list)
    assert all(isinstance(answer, Decimal) for answer in outcome)


def test_a_value_nested_without_measure_is_refused_not_crashed_on() -> None:
    value: object = 1
    for _ in range(5_000):
        value = [value]
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", dmn.literal("x"), "x")))
    try:
        decisions.evaluate(model, "d", {"x": value})
    except errors.Refusal as refusal:
        assert "deeply" in str(refusal)
