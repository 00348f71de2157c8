"""Notices are made after the commit: whoever completes a step writes nothing for them, and no event is left out or told twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from engine.announcing import making
from engine.announcing.news import happened, telling
from engine.storage import database as databases
from engine.storage.models import HistoryEvent, ProcessInstance
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
