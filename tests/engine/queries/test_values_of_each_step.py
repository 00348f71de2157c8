"""The case page tells of each step what was sent there, also where several steps use one form whose fields have one name."""

from __future__ import annotations

import pytest

from engine.queries.cases import instance_page
from engine.queries.cases.words import whole_value
from engine.storage import database as databases
from engine.verbs.operating.changing import variables
from tests.cast import COMPANY, Cast
from tests.engine import kit

NOTE = kit.text_field("note") | {"label": "意见"}


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def mapped(target: str) -> str:
    """An input of its own, and what is kept of it under another name."""
    return (
        f'<zeebe:ioMapping><zeebe:input source="=null" target="note"/><zeebe:output source="=note" target="{target}"/>'
        '<zeebe:output source="=again" target="again"/></zeebe:ioMapping>'
    )


def decided(database: databases.Database, cast: Cast) -> int:
    """Two levels decide by one form, each keeping its decision under a name of its own; a third has that form's name itself."""
    form = kit.form("verdict", NOTE, kit.text_field("again") | {"label": "重来"})
    steps = [
        kit.task("first", users="clerk", form="verdict", inputs=mapped("firstNote")),
        kit.task("second", users="head", form="verdict", inputs=mapped("secondNote")),
        kit.task("third", users="clerk", form="verdict"),
        kit.task("last", users="head"),
    ]
    gate = kit.node("exclusiveGateway", "seen", attributes=' default="seen_last"')
    ways = [kit.chain("started", "first", "second", "third", "seen", "last", "done")]
    ways.append(kit.flow("seen", "first", '=again = "是"'))
    kit.deploy(
        database, cast.owner, form, kit.diagram("v", kit.start(), *steps, gate, kit.end(), *ways, managers=["部门负责人"])
    )
    return kit.begin(database, cast.clerk, "v")


def send(database: databases.Database, cast: Cast, key: int, first: str, second: str, third: str, again: str = "否") -> None:
    kit.complete(database, cast.clerk, key, "first", {"note": first, "again": "否"})
    kit.complete(database, cast.head, key, "second", {"note": second, "again": "否"})
    kit.complete(database, cast.clerk, key, "third", {"note": third, "again": again})


def told(database: databases.Database, cast: Cast, key: int) -> list[tuple[str, str, str, dict[str, str]]]:
    """Of each step its name, who filled it in, what he wrote there, and who changed that since."""
    with database.reading(COMPANY) as session:
        page = instance_page.instance_page(session, cast.owner, key, now=kit.NOW)
    notes = ((group, each) for group in page.answers for each in group.values if each.label == "意见")
    return [
        (group.name, group.who, each.value, {name: by.who for name, by in group.changed.items() if name == "note"})
        for group, each in notes
    ]


def test_each_step_has_its_own_values_and_nobody_changed_them(database: databases.Database, cast: Cast) -> None:
    key = decided(database, cast)
    kit.complete(database, cast.clerk, key, "first", {"note": "甲", "again": "否"})
    assert told(database, cast, key) == [("first", "陈办事", "甲", {})]
    kit.complete(database, cast.head, key, "second", {"note": "乙", "again": "否"})
    kit.complete(database, cast.clerk, key, "third", {"note": "丙", "again": "否"})
    assert told(database, cast, key) == [
        ("first", "陈办事", "甲", {}),
        ("second", "何负责", "乙", {}),
        ("third", "陈办事", "丙", {}),
    ]
    kit.complete(database, cast.head, key, "last")
    assert [value for _name, _who, value, _changed in told(database, cast, key)] == ["甲", "乙", "丙"]  # also once it is over


def test_who_changes_a_value_of_the_case_changed_only_that(database: databases.Database, cast: Cast) -> None:
    key = decided(database, cast)
    send(database, cast, key, "甲", "乙", "丙")
    with database.transaction(COMPANY) as session:
        variables.set_variable(session, cast.owner, key, "note", "text", "丁", "录错", now=kit.NOW)
    assert told(database, cast, key) == [
        ("first", "陈办事", "甲", {}),
        ("second", "何负责", "乙", {}),
        ("third", "陈办事", "丁", {"note": "欧流程"}),
    ]


def test_a_next_round_has_its_own_values_and_the_earlier_one_keeps_its(database: databases.Database, cast: Cast) -> None:
    key = decided(database, cast)
    send(database, cast, key, "甲", "乙", "丙", again="是")
    kit.complete(database, cast.clerk, key, "first", {"note": "甲二", "again": "否"})
    kit.complete(database, cast.head, key, "second", {"note": "乙二", "again": "否"})
    assert [(name, value, changed) for name, _who, value, changed in told(database, cast, key)] == [
        ("first", "甲二", {}),
        ("second", "乙二", {}),
        ("third", "丙", {}),
    ]
    with database.reading(COMPANY) as session:
        page = instance_page.instance_page(session, cast.owner, key, now=kit.NOW)
    [before] = page.rounds
    assert [(each.entry.element, each.values[0].value) for each in before.passed] == [("second", "乙"), ("first", "甲")]


def test_what_is_too_long_for_the_page_is_saved_of_its_own_step(database: databases.Database, cast: Cast) -> None:
    key = decided(database, cast)
    send(database, cast, key, "甲", "乙", "丙")
    with database.reading(COMPANY) as session:
        saved = [
            whole_value.value(session, cast.owner, key, "note", step=step, now=kit.NOW).value
            for step in ("first", "second", "third", "")
        ]
    assert saved == ["甲", "乙", "丙", "丙"]
