"""Timers of cases and scheduled starts, fired by the worker when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from engine import errors
from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import incidents, timers
from tests.cast import Cast
from tests.engine import kit


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = kit.NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def worker(database: databases.Database, clock: Clock) -> Worker:
    return Worker(database, clock)


def with_boundary(definition: str, *, interrupting: bool) -> kit.Resource:
    return kit.diagram(
        "timed",
        kit.start(),
        kit.task("work", groups="客服专员"),
        kit.boundary("late", "work", definition, interrupting=interrupting),
        kit.task("escalated", groups="部门负责人"),
        kit.end(),
        kit.end("given_up"),
        kit.chain("started", "work", "done"),
        kit.chain("late", "escalated", "given_up"),
    )


def test_an_interrupting_timer_takes_the_task_away(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeDuration", "2d"), interrupting=True))
    key = kit.begin(database, cast.clerk, "timed")
    clock.now += timedelta(days=2, seconds=-1)
    assert worker.run_once() == 0
    clock.now += timedelta(seconds=1)
    assert worker.run_once() == 1
    assert kit.open_elements(database, key) == ["escalated"]
    [gone] = kit.rows(database, models.UserTask, element_id="work")
    assert gone.state == "cancelled"
    assert [item.state for item in kit.rows(database, models.WorkItem, user_task_key=gone.key)] == ["closed"]
    assert kit.rows(database, models.Timer) == []


def test_a_timer_goes_with_the_task_it_was_set_for(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeDuration", "PT1H"), interrupting=True))
    key = kit.begin(database, cast.clerk, "timed")
    kit.complete(database, cast.clerk, key, "work")
    clock.now += timedelta(days=9)
    assert worker.run_once() == 0
    assert kit.instance(database, key).end_event == "done"


def test_a_repeating_reminder_fires_as_often_as_it_says(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeCycle", "R3/PT1H"), interrupting=False))
    key = kit.begin(database, cast.clerk, "timed")
    due = []
    for _ in range(5):
        due += [timer.due_at for timer in kit.rows(database, models.Timer)]
        clock.now += timedelta(minutes=61)  # the worker is always a little late, the reminders are not
        worker.run_once()
    assert due == [kit.NOW + timedelta(hours=hours) for hours in (1, 2, 3)]
    assert kit.open_elements(database, key) == ["escalated"] * 3 + ["work"]


def test_a_monthly_reminder_keeps_to_the_end_of_the_month_and_is_never_late_for_good(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeCycle", "R/P1M"), interrupting=False))
    clock.now = datetime(2026, 1, 31, 2, tzinfo=UTC)
    kit.begin(database, cast.clerk, "timed", now=clock.now)
    due = []
    for _ in range(4):
        [timer] = kit.rows(database, models.Timer)
        due.append(timer.due_at)
        clock.now = timer.due_at + timedelta(hours=4, seconds=37)
        worker.run_once()
    assert due == [datetime(2026, month, day, 2, tzinfo=UTC) for month, day in ((2, 28), (3, 31), (4, 30), (5, 31))]


def test_a_timer_of_before_counts_on_from_when_it_was_due(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeCycle", "R/P1D"), interrupting=False))
    kit.begin(database, cast.clerk, "timed")
    with database.transaction() as session:
        session.execute(update(models.Timer).values(anchor=None, due_at=kit.NOW + timedelta(hours=3)))
    clock.now += timedelta(hours=5)
    worker.run_once()
    [timer] = kit.rows(database, models.Timer)
    assert timer.due_at == kit.NOW + timedelta(days=1, hours=3)


def test_a_cycle_that_turns_out_to_stand_still_is_an_incident_once(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeCycle", '="R/" + step'), interrupting=False))
    key = kit.begin(database, cast.owner, "timed", {"step": "PT0S"})
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert "never advances" in incident.message
    clock.now += timedelta(days=1)
    assert worker.run_once() == 0
    assert kit.open_elements(database, key) == ["work"]


@pytest.mark.parametrize("step", ["2026-03-05T10:00:00+08:00", "PT0S"])
def test_a_time_that_repeats_nothing_is_an_incident_where_a_cycle_is_to_repeat(
    database: databases.Database, cast: Cast, step: str
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeCycle", "=step"), interrupting=False))
    key = kit.begin(database, cast.owner, "timed", {"step": step})
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert "is no cycle" in incident.message or "never advances" in incident.message
    assert kit.rows(database, models.Timer) == []


def test_a_schedule_of_before_that_stands_still_stops_with_an_incident(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    content = (
        kit.start(definition=kit.timer("timeCycle", "@daily")),
        kit.task("check"),
        kit.end(),
        kit.chain("started", "check", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("runaway", *content))
    with database.transaction() as session:
        session.execute(update(models.ScheduledStart).values(expression="R/PT0S", due_at=clock.now))
    assert [worker.run_once() for _ in range(3)] == [1, 0, 0]
    assert kit.rows(database, models.ProcessInstance) == []
    [incident] = kit.rows(database, models.Incident)
    assert "never advances" in incident.message


def test_working_hours_and_feel_dates_are_understood(database: databases.Database, cast: Cast) -> None:
    for process, definition, due_at in (
        ("hours", kit.timer("timeDuration", "4wh"), datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),  # 09:00 + 3 h + lunch + 1 h
        ("date", kit.timer("timeDate", '=date and time("2026-04-01T08:00:00+08:00")'), datetime(2026, 4, 1, tzinfo=UTC)),
        ("feel", kit.timer("timeDuration", '=duration("PT30M")'), datetime(2026, 3, 2, 1, 30, tzinfo=UTC)),
    ):
        wait = kit.node("intermediateCatchEvent", "wait", inner=definition)
        kit.deploy(
            database, cast.owner, kit.diagram(process, kit.start(), wait, kit.end(), kit.chain("started", "wait", "done"))
        )
        key = kit.begin(database, cast.clerk, process)
        [timer] = kit.rows(database, models.Timer, instance_key=key)
        assert timer.due_at == due_at


def test_a_timer_without_sense_is_an_incident_and_can_be_tried_again(database: databases.Database, cast: Cast) -> None:
    wait = kit.node("intermediateCatchEvent", "wait", inner=kit.timer("timeDuration", "=often"))
    kit.deploy(database, cast.owner, kit.diagram("odd", kit.start(), wait, kit.end(), kit.chain("started", "wait", "done")))
    key = kit.begin(database, cast.owner, "odd", {"often": "sometimes"})
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert kit.instance(database, key).incidents == 1
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=kit.NOW)
    states = [each.state for each in kit.rows(database, models.Incident, instance_key=key)]
    assert states == ["resolved", "open"]  # tried again, and again it is no time
    assert kit.instance(database, key).incidents == 1


def test_a_process_starts_on_the_first_monday(database: databases.Database, cast: Cast, worker: Worker, clock: Clock) -> None:
    monthly = kit.timer("timeCycle", "0 9 * * MON#1")
    content = (
        kit.start(definition=monthly),
        kit.task("check", groups="客服专员"),
        kit.end(),
        kit.chain("started", "check", "done"),
    )
    clock.now = datetime(2026, 3, 2, 0, tzinfo=UTC)
    kit.deploy(database, cast.owner, kit.diagram("monthly", *content), now=clock.now)
    [scheduled] = kit.rows(database, models.ScheduledStart)
    assert scheduled.due_at == datetime(2026, 3, 2, 1, tzinfo=UTC)
    clock.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert worker.run_once() == 1 and worker.run_once() == 0
    clock.now = datetime(2026, 4, 20, 1, tzinfo=UTC)
    assert worker.run_once() == 1
    started = [instance.started_at for instance in kit.rows(database, models.ProcessInstance)]
    assert started == [datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 4, 20, 1, tzinfo=UTC)]
    [scheduled] = kit.rows(database, models.ScheduledStart)
    assert scheduled.due_at == datetime(2026, 5, 4, 1, tzinfo=UTC)


def test_a_newer_version_takes_the_schedule_over(database: databases.Database, cast: Cast) -> None:
    for name in ("check", "look"):
        content = (
            kit.start(definition=kit.timer("timeCycle", "@daily")),
            kit.task(name),
            kit.end(),
            kit.chain("started", name, "done"),
        )
        kit.deploy(database, cast.owner, kit.diagram("daily", *content))
    [scheduled] = kit.rows(database, models.ScheduledStart)
    assert scheduled.definition_key == kit.rows(database, models.ProcessDefinition)[-1].key


def test_one_failing_timer_stops_no_other(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.deploy(database, cast.owner, with_boundary(kit.timer("timeDuration", "PT1H"), interrupting=True))
    broken, whole = (kit.begin(database, cast.clerk, "timed") for _ in range(2))
    settle = timers.settling.settle

    def fail_for_one(case: object) -> object:
        if case.instance.key == broken:  # type: ignore[attr-defined]
            raise RuntimeError("disk on fire")
        return settle(case)  # type: ignore[arg-type]

    monkeypatch.setattr(timers.settling, "settle", fail_for_one)
    clock.now += timedelta(hours=2)
    worker.run_once()
    assert kit.open_elements(database, whole) == ["escalated"]
    assert kit.open_elements(database, broken) == ["work"]
    [incident] = kit.rows(database, models.Incident, instance_key=broken)
    assert "disk on fire" in incident.values["detail"]
    assert worker.run_once() == 0  # it is not tried for ever
    monkeypatch.undo()
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=clock.now)
    worker.run_once()
    assert kit.open_elements(database, broken) == ["escalated"]


def test_a_scheduled_start_that_fails_is_told_and_the_next_occurrence_comes(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (
        kit.start(definition=kit.timer("timeCycle", "@daily")),
        kit.task("check", groups="客服专员"),
        kit.end(),
        kit.chain("started", "check", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("daily", *content))
    [scheduled] = kit.rows(database, models.ScheduledStart)
    clock.now = scheduled.due_at
    start = timers.process_instances.start_by_event

    def fail(*_given: object, **_named: object) -> object:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(timers.process_instances, "start_by_event", fail)
    assert worker.run_once() == 1 and worker.run_once() == 0  # it is not tried for ever
    [incident] = kit.rows(database, models.Incident)
    assert (incident.kind, incident.element_id, incident.values["process_id"]) == ("scheduled_start", "started", "daily")
    assert "disk on fire" in incident.values["detail"] and kit.rows(database, models.ProcessInstance) == []
    [told] = kit.rows(database, models.Notice, kind="incident")
    assert told.username == "owner" and "流程 daily" in told.subject and "disk on fire" in told.body
    monkeypatch.setattr(timers.process_instances, "start_by_event", start)
    [scheduled] = kit.rows(database, models.ScheduledStart)
    assert scheduled.due_at > clock.now
    clock.now = scheduled.due_at
    assert worker.run_once() == 1
    assert [case.state for case in kit.rows(database, models.ProcessInstance)] == ["active"]


def test_a_refusal_at_a_scheduled_start_is_told_in_its_own_words(
    database: databases.Database, cast: Cast, worker: Worker, clock: Clock
) -> None:
    content = (kit.start(definition=kit.timer("timeCycle", "R1/PT1H")), kit.end(), kit.chain("started", "done"))
    kit.deploy(database, cast.owner, kit.diagram("once", *content))
    [scheduled] = kit.rows(database, models.ScheduledStart)
    with database.transaction() as session:
        timers.skip_start(session, scheduled.key, errors.Invalid("No %(what)s.", what="paper"), now=scheduled.due_at)
        timers.skip_start(session, 4711, errors.Invalid("gone"), now=scheduled.due_at)  # another worker has removed it
    [incident] = kit.rows(database, models.Incident)
    assert (incident.message, incident.values) == ("No %(what)s.", {"what": "paper", "process_id": "once"})
    assert [each.due_at for each in kit.rows(database, models.ScheduledStart)] == [None]  # its one occurrence is over
