"""Today, the open tasks and the workload: a figure is the length of the list that it opens, for any rights."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.status import board, open_tasks, today, workload
from engine.queries.status.open_tasks import TaskFilters
from engine.storage import database as databases
from tests.benchmarks.company import Statements
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.kit import NOW

EVERYTHING = paging.Wanted(size=500)


@pytest.fixture
def running(database: databases.Database, cast: Cast) -> list[int]:
    """Six cases of two processes, begun on six days; one of them is through, one has a limit that has passed."""
    kit.deploy(database, cast.owner, *kit.two_steps("managed", managers=["客服专员"]))
    kit.deploy(database, cast.owner, *kit.two_steps("followed", visible_to=["主管领导"]))
    return [
        kit.begin(database, cast.owner, name, {"subject": "纸"}, now=NOW - timedelta(days=day))
        for day in (9, 4, 1)
        for name in ("managed", "followed")
    ]


def everybody(cast: Cast) -> list[Actor]:
    return [cast.owner, cast.clerk, cast.outsider]


def lengths(session: Session, by: Actor, filters: TaskFilters, now: datetime) -> int:
    return len(open_tasks.lines(session, by, filters, EVERYTHING, now=now).rows)


@pytest.mark.parametrize("day", [0, 3, 30])
def test_every_figure_is_the_length_of_its_list(database: databases.Database, cast: Cast, running: list[int], day: int) -> None:
    now = NOW + timedelta(days=day)
    for by in everybody(cast):
        with database.reading(COMPANY) as session:
            seen = today.look(session, by, now=now)
            assert (seen.waiting, seen.due_today, seen.overdue) == tuple(
                lengths(session, by, TaskFilters(state=state), now) for state in ("", "today", "overdue")
            )
            stopped = board.cases(session, by, board.CaseFilters(state="incident"), EVERYTHING, now=now)
            assert seen.stopped == len(stopped.rows)
            load = workload.look(session, by, now=now)
            for each in load.people:
                for state, figure in (("", each.open), ("today", each.today), ("overdue", each.overdue)):
                    assert figure == lengths(session, by, TaskFilters(holder=each.username or "", state=state), now)
            for each in load.groups:
                filters = TaskFilters(holder=open_tasks.NONE, group=each.group or "")
                assert each.open == lengths(session, by, filters, now)


def test_who_follows_nothing_sees_nothing_and_a_manager_only_his_own(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    with database.reading(COMPANY) as session:
        nothing = today.look(session, cast.outsider, now=NOW)
        assert nothing.is_quiet and not nothing.nearest and not workload.look(session, cast.outsider, now=NOW).people
        managed = today.look(session, cast.clerk, now=NOW)
        everything = today.look(session, cast.owner, now=NOW)
    assert 0 < managed.waiting < everything.waiting
    assert {line.process_name for line in managed.oldest} < {line.process_name for line in everything.oldest}


def test_what_waits_longest_comes_first_and_a_completion_shows_at_once(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    with database.reading(COMPANY) as session:
        before = today.look(session, cast.owner, now=NOW)
    assert [line.place.since for line in before.oldest] == sorted(line.place.since for line in before.oldest)
    kit.complete(database, cast.clerk, before.oldest[0].place.instance_key, "a", {"answer": "好"})
    with database.reading(COMPANY) as session:
        after = today.look(session, cast.owner, now=NOW)
    assert before.oldest[0].key not in [line.key for line in after.oldest]


def test_what_was_done_and_how_long_it_took_is_told_by_person(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    with database.reading(COMPANY) as session:
        first = today.look(session, cast.owner, now=NOW).oldest[0]
    kit.complete(database, cast.clerk, first.place.instance_key, "a", {"answer": "好"})
    with database.reading(COMPANY) as session:
        found = {each.username: each for each in workload.look(session, cast.owner, now=NOW).people}
    assert (found["clerk"].done, found["clerk"].typical) == (1, timedelta(days=9))


@pytest.mark.parametrize(("look", "most"), [(today.look, 5), (workload.look, 3)])
def test_managers_pages_cost_the_same_however_much_there_is(
    database: databases.Database, cast: Cast, running: list[int], look: Any, most: int
) -> None:
    with database.reading(COMPANY) as session:
        look(session, cast.owner, now=NOW)
        with Statements(database) as counted:
            look(session, cast.owner, now=NOW)
    assert len(counted.texts) <= most, counted.texts
