"""What the parts of a task come to, held against a plain model of each rule."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.rules import joint_rules
from engine.definitions.rules.joint_rules import JointRule
from engine.verbs.approvals import voting


@dataclass
class Part:
    key: int
    position: str = "own"
    state: str = "open"
    outcome: str | None = None
    parent_key: int | None = None
    weight: Decimal = Decimal(1)
    has_veto: bool = False
    turn: int = 0
    note: str | None = None

    def says(self, outcome: str) -> Part:
        return replace(self, state="done", outcome=outcome)


def rule(text: str) -> JointRule:
    found = joint_rules.read(text)
    assert found is not None
    return found


RULES = ["all", "sequential", "ratio:2/3", "ratio:0.5", "ratio:>1/2", "ratio:60%", "ratio:1", "veto", "veto:3/4"]
votes = st.tuples(st.sampled_from([None, "approve", "reject"]), st.integers(1, 3), st.booleans())


def is_approved(text: str, parts: list[Part]) -> bool:
    """When nobody is left to speak: the rule as an office would say it."""
    if any(part.outcome == "reject" for part in parts) and text in ("all", "sequential"):
        return False
    if text.startswith("veto") and any(part.has_veto and part.outcome == "reject" for part in parts):
        return False
    if text in ("all", "sequential"):
        return True
    yes = sum(part.weight for part in parts if part.outcome == "approve")
    whole = sum(part.weight for part in parts)
    shares = {"ratio:2/3": Fraction(2, 3), "ratio:60%": Fraction(3, 5), "ratio:1": Fraction(1), "veto:3/4": Fraction(3, 4)}
    if text in shares:
        return yes * shares[text].denominator >= whole * shares[text].numerator
    return yes * 2 >= whole if text == "ratio:0.5" else yes * 2 > whole


@given(st.sampled_from(RULES), st.lists(votes, min_size=1, max_size=6))
def test_settled_as_soon_as_and_no_sooner_than_nobody_left_could_change_it(
    text: str, said: list[tuple[str | None, int, bool]]
) -> None:
    parts = [
        Part(n, state="done" if outcome else "open", outcome=outcome, weight=Decimal(weight), has_veto=veto, turn=n)
        for n, (outcome, weight, veto) in enumerate(said)
    ]
    left = [part for part in parts if part.outcome is None]
    ends = set()
    for rest in itertools.product(["approve", "reject"], repeat=len(left)):
        late = {part.key: part.says(outcome) for part, outcome in zip(left, rest, strict=True)}
        ends.add(is_approved(text, [late.get(part.key, part) for part in parts]))
    settled = {True: "approve", False: "reject"}[ends.pop()] if len(ends) == 1 else None
    assert voting.decide(rule(text), parts) == settled


@given(st.sampled_from(["any", *RULES]), st.lists(votes, min_size=1, max_size=6), st.data())
def test_a_return_settles_at_once(text: str, said: list[tuple[str | None, int, bool]], data: st.DataObject) -> None:
    parts = [Part(n, state="done" if outcome else "open", outcome=outcome) for n, (outcome, _, _) in enumerate(said)]
    who = data.draw(st.integers(0, len(parts) - 1))
    parts[who] = parts[who].says("return")
    assert voting.decide(rule(text), parts) == "return"


def test_the_first_decides_and_who_was_added_beside_must_agree() -> None:
    one, other, beside = Part(1), Part(2), Part(3, "beside", parent_key=1)
    assert voting.decide(rule("any"), [one.says("转交"), other]) == "转交"
    assert voting.decide(rule("any"), [one.says("approve"), beside]) is None
    assert voting.decide(rule("any"), [one, beside.says("approve")]) is None
    assert voting.decide(rule("any"), [one.says("approve"), beside.says("approve")]) == "approve"
    assert voting.decide(rule("any"), [one, beside.says("reject")]) is None  # he was asked; he does not decide alone
    assert voting.decide(rule("any"), [one.says("approve"), beside.says("reject")]) == "reject"
    assert voting.refused_beside([one, beside]) is None
    assert voting.refused_beside([one, beside.says("reject")]) is not None


def test_a_signers_no_is_a_no_of_whoever_added_him() -> None:
    one, other = Part(1, state="closed"), Part(2)
    before, after = Part(3, "before", parent_key=1), Part(4, "after", "waiting", parent_key=2)
    assert voting.decide(rule("all"), [one, other, before.says("reject")]) == "reject"
    three = [one, other, Part(5), before.says("reject")]
    assert voting.decide(rule("ratio:1/3"), three) is None
    assert voting.decide(rule("any"), [other.says("approve"), after]) is None
    assert voting.decide(rule("any"), [other.says("approve"), after.says("approve")]) == "approve"
    assert voting.decide(rule("any"), [other.says("approve"), after.says("reject")]) == "reject"


def test_who_was_taken_off_leaves_the_denominator() -> None:
    three = [Part(1).says("approve"), Part(2), Part(3, "beside", parent_key=1)]
    assert voting.decide(rule("ratio:1/2"), three) is None
    assert voting.decide(rule("ratio:1/2"), [*three[:2], replace(three[2], state="removed")]) == "approve"


def test_what_a_delegate_says_decides_nothing() -> None:
    asked = [Part(1, state="waiting"), Part(2, "delegated", parent_key=1).says("reject")]
    assert voting.decide(rule("any"), asked) is None
    assert voting.states(rule("any"), asked) == {1: "open"}


def test_whose_turn_it_is() -> None:
    one, two, three = (Part(n, state="open" if n == 1 else "waiting", turn=n) for n in (1, 2, 3))
    assert voting.states(rule("sequential"), [one, two, three]) == {1: "open", 2: "waiting", 3: "waiting"}
    assert voting.states(rule("sequential"), [one.says("approve"), two, three]) == {2: "open", 3: "waiting"}
    beside = Part(4, "beside", parent_key=1, turn=1)
    assert voting.states(rule("sequential"), [one.says("approve"), beside, two]) == {4: "open", 2: "waiting"}
    before = Part(5, "before", parent_key=1)
    assert voting.states(rule("all"), [one, two, before]) == {1: "waiting", 2: "open", 5: "open"}
    after = Part(6, "after", parent_key=1)
    assert voting.states(rule("any"), [one, after]) == {1: "open", 6: "waiting"}
    assert voting.states(rule("any"), [one.says("approve"), after]) == {6: "open"}


@pytest.mark.parametrize(
    "text", ["", "most", "ratio", "ratio:", "ratio:0", "ratio:2", "ratio:1/0", "ratio:>1", "all:2", "ratio:-1/2"]
)
def test_what_is_no_rule(text: str) -> None:
    assert joint_rules.read(text) is None


def test_a_third_is_a_third() -> None:
    thirds = [Part(1).says("approve"), Part(2).says("approve"), Part(3)]
    assert voting.decide(rule("ratio:2/3"), thirds) == "approve"
    assert voting.decide(rule("ratio:0.67"), thirds) is None


def test_the_no_of_whom_a_signer_has_asked_settles_it_and_still_does_once_the_rest_is_closed() -> None:
    holder, signer = Part(1), Part(2, "before", parent_key=1)
    asked = Part(3, "before", parent_key=2).says("reject")
    assert voting.decide(rule("any"), [holder, signer, asked]) == "reject"
    closed = [replace(part, state="closed") for part in (holder, signer)]
    assert voting.decide(rule("any"), [*closed, asked]) == "reject"
