"""What is due by working time moves when the calendar changes: tasks, cases, timers, their reminders and the inbox."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine import errors
from engine.background import housekeeping
from engine.cases import history
from engine.deadlines import calendar_changes, moved_deadlines
from engine.people import actors
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.kit import NOW

CLOSED = "date,is_workday,note\n2026-03-05,休,台风\n".encode()
NOTICE = b'{"days": [{"date": "2026-03-05", "isOffDay": true, "name": "x"}]}'
MONDAY, TUESDAY = datetime(2026, 3, 9, 10, tzinfo=UTC), datetime(2026, 3, 10, 10, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 6, 10, tzinfo=UTC)


def deploy(database: databases.Database, cast: Cast, *content: str, **settings: object) -> None:
    kit.deploy(database, cast.owner, kit.diagram("asked", kit.start(), *content, **settings))


def one_task(database: databases.Database, cast: Cast, case: dict[str, object] | None = None, **properties: str) -> int:
    task = kit.task("a", groups="客服专员", **properties)
    deploy(database, cast, task, kit.end(), kit.chain("started", "a", "done"), **(case or {}))
    return kit.begin(database, cast.clerk, "asked")


def close(database: databases.Database, by: actors.Actor, content: bytes = CLOSED, now: datetime = NOW) -> int:
    with database.transaction() as session:
        return calendar_changes.import_notice(session, by, "cn", content, now=now).moved


def task_of(database: databases.Database, instance: int) -> models.UserTask:
    (task,) = kit.rows(database, models.UserTask, instance_key=instance)
    return task


def jobs_at(database: databases.Database, kind: str) -> list[datetime]:
    return [job.run_at for job in kit.rows(database, models.Job, type=kind)]


def test_an_open_task_moves_with_its_warning_its_reminders_and_its_place_in_the_inbox(database, cast) -> None:
    instance = one_task(database, cast, due="5wd", warn="1wd")
    assert (task_of(database, instance).due_at, task_of(database, instance).warn_at) == (MONDAY, FRIDAY)
    assert close(database, cast.owner) == 1
    assert (task_of(database, instance).due_at, task_of(database, instance).warn_at) == (TUESDAY, MONDAY)
    assert [item.sort_due for item in kit.rows(database, models.WorkItem, instance_key=instance)] == [TUESDAY]
    assert jobs_at(database, "user_tasks.warn") == [MONDAY] and jobs_at(database, "user_tasks.overdue") == [TUESDAY]


def test_the_history_tells_before_and_after_and_its_chain_holds(database, cast) -> None:
    instance = one_task(database, cast, due="5wd")
    close(database, cast.owner)
    (event,) = kit.rows(database, models.HistoryEvent, kind="rescheduled")
    assert event.element_id == "a"
    assert (event.data["before"]["due_at"], event.data["after"]["due_at"]) == (MONDAY.isoformat(), TUESDAY.isoformat())
    with database.reading() as session:
        assert history.verify(session, instance) == []


def test_a_running_case_moves_with_its_jobs(database, cast) -> None:
    instance = one_task(database, cast, {"due": "5wd", "warn": "1wd"})
    close(database, cast.owner)
    row = kit.instance(database, instance)
    assert (row.due_at, row.warn_at) == (TUESDAY, MONDAY)
    assert jobs_at(database, "process_instances.warn") == [MONDAY]
    assert jobs_at(database, "process_instances.overdue") == [TUESDAY]


@pytest.mark.parametrize("kind, text", [("timeDuration", "5wd"), ("timeCycle", "R/5wd")])
def test_a_timer_of_working_time_moves(database, cast, kind, text) -> None:
    reminder = kit.boundary("wait", "a", kit.timer(kind, text), interrupting=False)
    deploy(
        database,
        cast,
        kit.task("a", groups="客服专员"),
        reminder,
        kit.end(),
        kit.end("told"),
        kit.chain("started", "a", "done"),
        kit.flow("wait", "told"),
    )
    kit.begin(database, cast.clerk, "asked")
    assert [timer.due_at for timer in kit.rows(database, models.Timer)] == [MONDAY]
    assert close(database, cast.owner) == 1
    assert [timer.due_at for timer in kit.rows(database, models.Timer)] == [TUESDAY]


@pytest.mark.parametrize("due", ["7d", "P7D", '=date("2026-03-10")', '="2026-03-09T18:00:00+08:00"'])
def test_what_does_not_count_working_time_stays(database, cast, due) -> None:
    instance = one_task(database, cast, due=due)
    before = task_of(database, instance).due_at
    assert close(database, cast.owner) == 0
    assert task_of(database, instance).due_at == before
    assert kit.rows(database, models.HistoryEvent, kind="rescheduled") == []


@pytest.mark.parametrize("due", ['=if initiator = "clerk" then "5wd" else "1wd"', "=working days after(today(), 5)"])
def test_an_expression_that_counts_working_time_moves(database, cast, due) -> None:
    instance = one_task(database, cast, {"due": due}, due=due)
    before = task_of(database, instance).due_at
    assert close(database, cast.owner) == 2
    assert task_of(database, instance).due_at == before + timedelta(days=1) == kit.instance(database, instance).due_at


def test_what_is_done_stays(database, cast) -> None:
    instance = one_task(database, cast, {"due": "5wd"}, due="5wd")
    kit.complete(database, cast.clerk, instance, "a")
    assert close(database, cast.owner) == 0
    assert task_of(database, instance).due_at == MONDAY == kit.instance(database, instance).due_at


def test_the_same_notice_again_moves_nothing(database, cast) -> None:
    one_task(database, cast, due="5wd")
    assert (close(database, cast.owner), close(database, cast.owner)) == (1, 0)


def test_a_company_s_own_days_leave_other_companies_alone_and_the_operator_s_concern_all(database, cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    instance = one_task(database, cast, due="5wd")
    owner_elsewhere = actors.Actor("elsewhere", "stranger", "外人", is_administrator=True)
    assert close(database, owner_elsewhere) == 0
    assert task_of(database, instance).due_at == MONDAY
    assert close(database, actors.SYSTEM(""), NOTICE) == 1
    assert task_of(database, instance).due_at == TUESDAY


def test_a_reminder_that_was_given_is_given_again_only_for_a_time_that_lies_ahead(database, cast) -> None:
    one_task(database, cast, due="5wd", warn="1wd")
    with database.transaction() as session:
        for job in session.query(models.Job):
            session.delete(job)
    close(database, cast.owner, now=MONDAY + timedelta(hours=1))
    assert jobs_at(database, "user_tasks.warn") == []
    assert jobs_at(database, "user_tasks.overdue") == [TUESDAY]


def test_many_cases_move_in_batches(database, cast, monkeypatch) -> None:
    monkeypatch.setattr(moved_deadlines, "BATCH", 2)
    first = one_task(database, cast, {"due": "5wd"}, due="5wd", warn="1wd")
    others = [kit.begin(database, cast.clerk, "asked") for _ in range(3)]
    assert close(database, cast.owner) == 8
    with database.reading() as session:
        assert [history.verify(session, key) for key in (first, *others)] == [[]] * 4


def test_a_notice_that_is_refused_moves_nothing(database, cast) -> None:
    instance = one_task(database, cast, due="5wd")
    for by, content in ((cast.clerk, CLOSED), (cast.owner, b"{}")):
        with pytest.raises(errors.Refusal):
            close(database, by, content)
    assert task_of(database, instance).due_at == MONDAY


def test_a_moved_task_is_completed_as_before(database, cast) -> None:
    instance = one_task(database, cast, due="5wd")
    close(database, cast.owner)
    kit.complete(database, cast.clerk, instance, "a", now=NOW + timedelta(hours=1))
    assert kit.instance(database, instance).state == "completed"


def test_an_estimated_year_that_the_library_knows_by_now_moves_what_is_due_in_it(database, cast) -> None:
    with database.transaction() as session:
        session.add(models.CalendarYear(calendar="cn", year=2026, is_official=False))
        session.add(models.CalendarDay(calendar="cn", day=date(2026, 3, 5), is_workday=False))
    instance = one_task(database, cast, due="5wd")
    assert task_of(database, instance).due_at == TUESDAY
    with database.transaction() as session:
        housekeeping.daily(session, now=NOW)
    assert task_of(database, instance).due_at == MONDAY


def test_a_called_case_moves_with_the_case_that_called_it(database, cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "called", kit.start(), kit.task("a", groups="客服专员", due="5wd"), kit.end(), kit.chain("started", "a", "done")
        ),
    )
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("calling", kit.start(), kit.call("c", "called"), kit.end(), kit.chain("started", "c", "done"), due="5wd"),
    )
    kit.begin(database, cast.clerk, "calling")
    assert close(database, cast.owner) == 2
    events = kit.rows(database, models.HistoryEvent, kind="rescheduled")
    assert [event.data["what"] for event in events] == ["case", "user_task"]
    with database.reading() as session:
        assert [history.verify(session, event.instance_key) for event in events] == [[], []]
