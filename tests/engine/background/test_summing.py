"""The past summed up by day: every ended task and case once, whatever breaks off in between."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.background.insight import summing
from engine.background.worker import Worker
from engine.calendar import scale
from engine.storage import database as databases
from engine.storage import installation, models
from engine.storage.models import InsightDay
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.kit import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def past(database: databases.Database, cast: Cast) -> list[int]:
    """Three cases of two steps, begun on three days: two are through, one waits at its second step."""
    kit.deploy(database, cast.owner, *kit.two_steps())
    cases = [kit.begin(database, cast.owner, "two_steps", {"subject": "纸"}, now=NOW + n * DAY) for n in range(3)]
    for n, case in enumerate(cases):
        kit.complete(database, cast.clerk, case, "a", {"answer": "好"}, now=NOW + n * DAY + 2 * HOUR)
    for case in cases[:2]:
        kit.complete(database, cast.head, case, "b", now=NOW + 5 * DAY)
    return cases


def catch_up(database: databases.Database, now: datetime, *, most: int = summing.MOST_ROWS) -> bool:
    with database.transaction() as session:
        return summing.catch_up(session, COMPANY, now=now, most=most)


def summed(database: databases.Database) -> list[tuple[object, ...]]:
    row = InsightDay
    columns = (row.element_id, row.day, row.department, row.worked, row.lasted, row.kept, row.again, row.path, row.count)
    with database.reading() as session:
        return sorted(tuple(each) for each in session.execute(select(*columns)))


def test_each_ended_task_and_case_is_counted_once_with_its_times(database: databases.Database, past: list[int]) -> None:
    assert catch_up(database, NOW + 6 * DAY)
    found = summed(database)
    assert {name: sum(row[-1] for row in found if row[0] == name) for name in ("", "a", "b")} == {"": 2, "a": 3, "b": 2}  # type: ignore[misc]
    [first, *_rest] = [row for row in found if row[0] == "a"]
    assert first[2] == "service" and first[4] == scale.step(2 * 3600)
    [path] = {row[7] for row in found if row[0] == ""}
    paths = {each.path for each in _paths(database)}
    assert paths == {path}


def test_small_steps_a_second_run_and_a_run_that_broke_off_give_the_same(database: databases.Database, past: list[int]) -> None:
    catch_up(database, NOW + 6 * DAY)
    at_once = summed(database)
    with database.transaction() as session:
        for table in (models.InsightDay, models.CasePath, models.InsightState):
            session.execute(table.__table__.delete())
    later, runs = NOW + 6 * DAY, 0
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        summing.catch_up(session, COMPANY, now=later, most=1)
        raise ZeroDivisionError  # killed before it committed
    assert summed(database) == []
    while not catch_up(database, later, most=1):
        runs += 1
    catch_up(database, later)
    assert runs > 1 and summed(database) == at_once


def test_what_ends_later_on_a_day_is_counted_by_the_next_run(database: databases.Database, past: list[int], cast: Cast) -> None:
    catch_up(database, NOW + 5 * DAY)
    kit.complete(database, cast.head, past[2], "b", now=NOW + 5 * DAY + HOUR)
    catch_up(database, NOW + 5 * DAY + 2 * HOUR)
    assert sum(row[-1] for row in summed(database) if row[0] == "b") == 3  # type: ignore[misc]


def test_the_worker_sums_up_every_hour_and_at_once_while_it_lags(database: databases.Database, past: list[int]) -> None:
    with database.transaction() as session:
        summing.work(session, {"company": COMPANY}, now=NOW + 6 * DAY)
    [job] = kit.rows(database, models.Job, type=summing.NAME)
    assert job.run_at == NOW + 6 * DAY + HOUR
    with database.reading() as session:
        assert session.execute(select(models.InsightState.as_of)).scalar() == NOW + 6 * DAY


def test_the_figures_of_a_first_day_come_within_the_hour_also_after_samples_were_played(
    database: databases.Database, cast: Cast
) -> None:
    """A demo plays its samples with a worker of its own; the house's has nothing to sum up when it begins."""
    clock = {"now": NOW}
    Worker(database, lambda: NOW, "samples", only_cases=True).run_once()
    worker = Worker(database, lambda: clock["now"], "house")
    worker.run_once()
    with database.reading() as session:
        assert installation.mark(session, installation.HOUSEKEEPING) == NOW.date().isoformat(), "the house is kept all the same"
    kit.deploy(database, cast.owner, *kit.two_steps("first_day"))
    case = kit.begin(database, cast.owner, "first_day", {"subject": "纸"}, now=NOW)
    kit.complete(database, cast.clerk, case, "a", {"answer": "好"}, now=NOW)
    clock["now"] = NOW + HOUR
    for _round in range(2):
        worker.run_once()
    with database.reading() as session:
        assert session.execute(select(models.InsightState.as_of)).scalar() == clock["now"]


def _paths(database: databases.Database) -> list[models.CasePath]:
    with database.reading() as session:
        return list(session.execute(select(models.CasePath)).scalars())
