"""Notices are made after the commit: whoever completes a step writes nothing for them, and no event is left out or told twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from engine.announcing import making
from engine.announcing.news import happened, telling
from engine.storage import database as databases
from engine.storage.models import HistoryEvent, Notice, ProcessInstance
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world
from tests.engine.verbs.test_costs import counted

OURS = {"notice", "outgoing", "job", "notice_channel", "notice_choice"}


def begun(database: databases.Database, cast: Cast) -> int:
    """A case at its first step, of a company that hears of everything by web hook."""
    world.channel(database, "hook", url="https://hook.example/", secret="a secret of sixteen")
    kit.deploy(database, cast.owner, *kit.two_steps())
    return kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})


def test_completing_writes_nothing_for_notices(database: databases.Database, cast: Cast) -> None:
    world.prepare(database, cast)
    key = begun(database, cast)
    with counted(database) as seen:
        kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    changing = [each for each in seen if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    tables = {re.split(r"INSERT INTO |UPDATE |DELETE FROM ", each)[1].split()[0] for each in changing}
    assert {"user_task", "history_event", "process_instance"} <= tables
    assert not tables & OURS
    assert not [each for each in changing if "announced=" in each], "how far it was told is noted by who tells"
    assert world.outgoing(database) == []
    while making.make_due(database, now=kit.NOW):
        pass
    assert {"clerk", "head"} >= {each.username for each in world.outgoing(database)} > set()


def test_result_return_copy_and_what_the_process_tells_are_made_by_the_worker(database: databases.Database, cast: Cast) -> None:
    inputs = '<zeebe:ioMapping><zeebe:input source="=&quot;manager&quot;" target="to"/>'
    inputs += '<zeebe:input source="=&quot;请知悉&quot;" target="subject"/></zeebe:ioMapping>'
    steps = (
        kit.start(),
        kit.task("fill", assignee="clerk"),
        kit.task("check", assignee="head", outcomes="approve,return", cc="clerk2", result="verdict"),
        kit.node("exclusiveGateway", "asked", attributes=' default="asked_tells"'),
        kit.service("tells", "notices.send", inputs=inputs),
        kit.end(),
        kit.chain("started", "fill", "check", "asked", "tells", "done"),
        kit.flow("asked", "fill", '=verdict = "return"'),
    )
    kit.deploy(database, cast.owner, kit.diagram("p", *steps))
    case, before = kit.begin(database, cast.clerk, "p"), set[int]()
    for outcome, wanted in (
        ("return", {("clerk", "returned"), ("clerk2", "copied")}),
        ("approve", {("clerk", "result"), ("manager", "told")}),
    ):
        kit.complete(database, cast.clerk, case, "fill")
        with counted(database) as seen:
            kit.complete(database, cast.head, case, "check", outcome=outcome)
        assert not [each for each in seen if "INTO notice" in each or "INTO outgoing" in each]
        assert {each.key for each in kit.rows(database, Notice)} == before
        made = [each for each in kit.notices(database) if each.key not in before]
        assert sorted((each.username, each.kind) for each in made) == sorted(wanted)
        before |= {each.key for each in made}
    assert len(kit.notices(database)) == len(before), "each once"


def test_what_the_history_tells_is_made_also_where_other_news_of_the_case_cannot_be(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("p", kit.start(), kit.task("a", users="head"), kit.end(), kit.chain("started", "a", "done")),
    )
    case = kit.begin(database, cast.clerk, "p")
    kit.complete(database, cast.head, case, "a")
    monkeypatch.setattr(happened, "news_from", lambda _: 1 / 0)
    assert [each.username for each in kit.notices(database)] == ["clerk"]


def test_every_event_is_told_once_in_order_however_many_there_are(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prepare(database, cast)
    key, told = begun(database, cast), list[int]()

    def noted(about: telling.CaseNews) -> Any:
        told.extend(each.sequence for each in about.events)
        return list(found(about))

    found = happened.news_from
    monkeypatch.setattr(happened, "news_from", noted)
    monkeypatch.setattr(making, "EVENTS", 2)
    making.make_due(database, now=kit.NOW)
    kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    while making.make_due(database, now=kit.NOW):
        pass
    with database.reading() as session:
        mine = select(HistoryEvent.sequence).where(HistoryEvent.instance_key == key).order_by(HistoryEvent.sequence)
        all_of_it = list(session.execute(mine).scalars())
        assert session.get_one(ProcessInstance, key).announced == all_of_it[-1]
    assert told == all_of_it and len(told) > 4


def test_cases_with_news_are_found_by_an_index_that_holds_them_alone(here: databases.Database) -> None:
    asked = f"EXPLAIN QUERY PLAN SELECT key FROM process_instance WHERE {making.HAS_NEWS} ORDER BY key LIMIT 50"
    with here.engine.connect() as connection:
        assert "ix_process_instance_news" in str(connection.exec_driver_sql(asked).all())
