"""What is read before anything can have written it is told at deployment; what may be there already is not."""

from __future__ import annotations

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
