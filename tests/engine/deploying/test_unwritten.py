"""What is read before anything can have written it is told at deployment; what may be there already is not."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deploying.checking import checks
from engine.deploying.deployment import Resource
from tests.engine import kit

ASKED = kit.form("asked", kit.text_field("why"))
LOOKED = kit.form("looked", kit.text_field("grade"))


def process(condition: str, *, may_start: tuple[str, ...] = ("*",), before: bool = False) -> list[Resource]:
    """A start with a form, a gateway that asks, and a look with a form of its own behind it (or `before` it too)."""
    nodes = (
        kit.start(form="asked"),
        kit.task("first", groups="g", form="looked" if before else None),
        kit.node("exclusiveGateway", "way", attributes=' default="way_done"'),
        kit.task("look", groups="g", form="looked"),
        kit.end("done"),
    )
    flows = kit.chain("started", "first", "way"), kit.flow("way", "look", condition), kit.flow("way", "done")
    return [ASKED, LOOKED, kit.diagram("p", *nodes, *flows, kit.flow("look", "done"), may_start=list(may_start))]


def told(resources: list[Resource]) -> list[tuple[str, str]]:
    return [
        (each.element_id, str(each.values["variable"]))
        for each in checks.check(resources)
        if "only filled in later" in each.message
    ]


def test_a_field_that_only_a_later_step_fills_in_is_told_where_it_is_read() -> None:
    assert told(process('=grade = "A"')) == [("way", "grade")]


@pytest.mark.parametrize(
    "resources",
    [
        process('=why = "A"'),
        process('=grade = "A"', before=True),
        process("=grade = null"),
        process('=elsewhere = "A"'),
        process('=grade = "A"', may_start=()),
    ],
)
def test_what_may_be_there_already_is_not_told(resources: list[Resource]) -> None:
    assert told(resources) == []


@pytest.mark.parametrize(
    ("written", "variable", "meant"), [("=grades > 1", "grades", "grade"), ("=elsewhere > 1", "elsewhere", None)]
)
def test_what_nothing_fills_in_is_refused_with_the_nearest_name(written: str, variable: str, meant: str | None) -> None:
    (found,) = [each for each in checks.check(process(written)) if "nothing of this process" in each.message]
    assert (found.element_id, found.severity) == ("way", "error")
    assert found.values == {"variable": variable} | ({"meant": meant} if meant else {})


@pytest.mark.parametrize("written", ["=initiator.name = null", "=amount = null", "=is defined(amount)"])
def test_what_counts_with_nothing_being_there_is_not_refused(written: str) -> None:
    assert not [each for each in checks.check(process(written)) if "nothing of this process" in each.message]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ('=why + "（" + amount + "元）"', True),
        ('=why + "（" + string(amount) + "元）"', False),
        ("=if amount > 1 then why else null", True),
    ],
)
def test_a_title_that_comes_to_nothing_with_every_field_filled_in_is_told(title: str, told: bool) -> None:
    asked = kit.form("asked", kit.text_field("why"), {"type": "number", "key": "amount", "label": "数"})
    nodes = kit.start(form="asked"), kit.task("look", groups="g"), kit.end("done")
    drawn = kit.diagram("p", *nodes, *kit.chain("started", "look", "done"), title_of_case=title)
    found = [each for each in checks.check([asked, drawn]) if "comes to nothing" in each.message]
    assert [each.severity for each in found] == ["warning"] * told


COLUMN = {"label": "事由", "value": "=whi"}


@pytest.mark.parametrize("setting", [{"title_of_case": "=whi"}, {"searched": ["=whi"]}, {"register": [COLUMN]}])
def test_the_title_of_a_case_what_finds_it_and_its_register_read_what_is_filled_in(setting: dict[str, Any]) -> None:
    nodes = kit.start(form="asked"), kit.task("look", groups="g"), kit.end("done")
    drawn = kit.diagram("p", *nodes, *kit.chain("started", "look", "done"), **setting)
    assert any(each.values == {"variable": "whi", "meant": "why"} for each in checks.check([ASKED, drawn]))


def test_a_task_that_nobody_does_is_told() -> None:
    drawn = kit.diagram("p", kit.start(), kit.node("task", "agree"), kit.end("done"), *kit.chain("started", "agree", "done"))
    assert [each.element_id for each in checks.check([drawn]) if "Nobody does" in each.message] == ["agree"]
