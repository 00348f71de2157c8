"""Outcomes, choices and numbers for which no sequence flow behind a gateway is taken are told at deployment."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deploying.checking import checks
from engine.deploying.deployment import Resource
from tests.engine import kit

APPROVAL = kit.task("check", groups="g", kind="approve")
LEADS_NOWHERE = "The outcome “不同意并结束” of “check” leads nowhere here: no condition holds for it and there is no default."


def process(element: str, *conditions: str, default: int | None = None, **start: str) -> Resource:
    """start → element → gateway with a way for each condition; the one numbered `default` has none."""
    asked = ["" if place == default else condition for place, condition in enumerate(conditions)]
    chosen = f' default="way_end{default}"' if default is not None else ""
    ways = [kit.flow("way", f"end{place}", condition) for place, condition in enumerate(asked)]
    ends = [kit.end(f"end{place}") for place in range(len(asked))]
    gateway = kit.node("exclusiveGateway", "way", attributes=chosen)
    return kit.diagram("p", kit.start(**start), element, gateway, *ends, kit.chain("started", "check", "way"), *ways)


def told(*resources: Resource) -> list[tuple[str, str]]:
    found = checks.check(resources)
    return [(each.element_id, str(each)) for each in found if each.severity == "warning"]


def field(type: str, **more: Any) -> Resource:
    return kit.form("f", {"type": type, "key": "what", "label": "金额", **more})


def test_an_outcome_that_no_way_takes_is_told_at_the_gateway() -> None:
    assert told(process(APPROVAL, 'outcome = "approve"', 'outcome = "back"'))[-1] == ("way", LEADS_NOWHERE)


@pytest.mark.parametrize(
    "conditions",
    [
        ('outcome = "approve"', 'outcome != "approve"'),
        ('outcome = "approve"', 'outcome in ("reject", "approve")'),
        ('outcome = "approve"', "amount > 5"),
    ],
)
def test_outcomes_that_find_their_way_or_may_find_it_are_not_told(conditions: tuple[str, ...]) -> None:
    assert told(process(APPROVAL, *conditions)) == []


def test_an_outcome_is_followed_only_until_it_is_written_again() -> None:
    second = kit.task("again", groups="g", kind="approve", outcomes="approve,return")
    gateway, ends = kit.node("exclusiveGateway", "way"), (kit.end("a"), kit.end("b"))
    ways = (kit.flow("way", "a", 'outcome = "approve"'), kit.flow("way", "b", 'outcome = "return"'))
    chain = kit.chain("started", "check", "again", "way")
    assert told(kit.diagram("p", kit.start(), APPROVAL, second, gateway, *ends, chain, *ways)) == []


@pytest.mark.parametrize(
    ("form", "conditions", "sentence"),
    [
        (field("number"), ("what < 100", "what > 100"), "If 金额 is 100, no condition here holds"),
        (field("number"), ("what <= 3", "what >= 4"), "If 金额 is 3.5, no condition here holds"),
        (field("number"), ("what <= 100", "what >= 100"), "Both what <= 100 and what >= 100 hold if 金额 is 100"),
        (field("number"), ("what > 10", "what > 100"), "This way is never taken"),
        (
            field("select", values=[{"value": each, "label": each} for each in "abc"]),
            ('what = "a"', 'what = "b"'),
            "If 金额 is “c”, no condition here holds",
        ),
        (field("checkbox"), ("what", "what = true"), "If 金额 is false, no condition here holds"),
    ],
)
def test_gaps_and_overlaps_are_told(form: Resource, conditions: tuple[str, ...], sentence: str) -> None:
    found = told(form, process(kit.task("check", groups="g"), *conditions, form="f"))
    assert any(each.startswith(sentence) for _place, each in found), found


@pytest.mark.parametrize(
    ("form", "conditions"),
    [
        (field("number", decimalDigits=0), ("what <= 3", "what >= 4")),
        (field("number", validate={"min": 1, "max": 9}), ("what >= 1 and what < 5", "what >= 5 and what < 10")),
        (field("number"), ("what > 100", "what > 10", "what >= 0")),
        (field("select", values=[{"value": each, "label": each} for each in "ab"]), ('what = "a"', 'what = "b"')),
        (field("select", valuesKey="listed"), ('what = "a"', 'what = "b"')),
        (field("checkbox"), ("what", "not(what)")),
        (field("textfield"), ("string length(what) > 10", "string length(what) <= 10")),
        (field("date"), ("what.year > 2025", "what.year <= 2025")),
        (field("checklist"), ("count(what) = 1", "count(what) > 1")),
        (field("checklist"), ("list contains(what, 1)", "not(list contains(what, 1))")),
    ],
)
def test_conditions_that_cover_everything_are_not_told(form: Resource, conditions: tuple[str, ...]) -> None:
    assert told(form, process(kit.task("check", groups="g"), *conditions, form="f")) == []


def test_a_default_takes_what_is_left() -> None:
    assert told(field("number"), process(kit.task("check", groups="g"), "what > 100", "", default=1, form="f")) == []


def test_a_sum_over_a_list_is_no_number_to_be_tried() -> None:
    rows = kit.form("f", {"type": "dynamiclist", "path": "what", "label": "明细", "components": [kit.text_field("price")]})
    ways = ("sum(what.price) > 1000", "sum(what.price) <= 1000")
    assert told(rows, process(kit.task("check", groups="g"), *ways, form="f")) == []


@pytest.mark.parametrize(
    ("outcomes", "conditions", "alike"),
    [
        ("approve,reject,more:补材料", ('outcome = "approve"', 'outcome != "approve"'), ["不同意并结束, 补材料"]),
        ("approve,reject,more:补材料", ('outcome = "approve"', 'outcome = "more"', 'outcome = "reject"'), []),
        ("good:满意,bad:不满意", ("days > 3", "days <= 3"), ["满意, 不满意"]),
        ("good:满意,bad:不满意", ('days > 3 and outcome = "bad"', "days <= 3"), []),
        ("good:满意,bad:不满意,none:弃权", ('days > 3 and outcome = "bad"', "days <= 3"), ["满意, 弃权"]),
    ],
)
def test_outcomes_that_go_the_same_way_are_told_at_their_step(
    outcomes: str, conditions: tuple[str, ...], alike: list[str]
) -> None:
    found = told(process(kit.task("check", groups="g", kind="approve", outcomes=outcomes), *conditions))
    assert [said for id, said in found if id == "check" and "apart" in said] == [
        f"No condition tells {names} apart: whichever is pressed, the case goes the same way." for names in alike
    ]
