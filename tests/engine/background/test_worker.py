"""The worker goes on whatever happens, does nothing when nothing is due, and tidies up once a day."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from engine import errors
from engine.background import housekeeping
from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import heartbeats, jobs, models
from engine.verbs.running import messages, timers
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_costs import counted


@pytest.mark.parametrize("error", [errors.Unavailable("gone"), RuntimeError("bug")])
def test_a_broken_round_does_not_end_the_worker(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    stop = threading.Event()
    rounds: list[int] = []

    def round_() -> int:
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        elif len(rounds) < 3:
            raise error
        return 1

    worker = Worker(database, lambda: kit.NOW)
    monkeypatch.setattr("engine.background.worker.PAUSE_SECONDS", 0)
    monkeypatch.setattr(worker, "run_once", round_)
    worker.run_forever(stop)
    assert len(rounds) == 3


def test_an_idle_worker_writes_nothing(database: databases.Database, cast: Cast) -> None:
    worker = Worker(database, lambda: kit.NOW)
    for _round in range(3):  # what a day begins with is more than is leased together
        worker.run_once()
    with counted(database) as seen:
        assert worker.run_once() == 0
    assert [statement for statement in seen if not statement.lstrip().upper().startswith(("SELECT", "BEGIN"))] == []
    assert (
        len([statement for statement in seen if statement.startswith("SELECT")]) == 1
    )  # it asks for all kinds of work at once


def test_the_day_is_tidied_up_once_by_one_of_the_workers(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied: list[object] = []
    monkeypatch.setattr(housekeeping, "daily", lambda session, *, now: tidied.append(now))
    for hours in (0, 1, 24):
        for name in ("one", "two"):
            Worker(database, lambda hours=hours: kit.NOW + timedelta(hours=hours), name).run_once()  # type: ignore[misc]
    assert tidied == [kit.NOW, kit.NOW + timedelta(hours=24)]


def test_housekeeping_that_fails_stops_nothing(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: object, *, now: object) -> None:
        raise RuntimeError("no space")

    monkeypatch.setattr(messages, "clean_up", fail)
    assert Worker(database, lambda: kit.NOW).run_once() == 0


@pytest.fixture
def job() -> Iterator[Callable[[Callable[[Session], Any]], None]]:
    """Registers what the jobs of type `test.job` do."""

    def register(work: Callable[[Session], Any]) -> None:
        jobs.job("test.job")(lambda session, payload, *, now: work(session))

    yield register
    jobs._registered.pop("test.job", None)


def enqueue(database: databases.Database, count: int) -> None:
    with database.transaction("acme") as session:
        for _ in range(count):
            jobs.enqueue(session, "test.job", {}, company_id="acme", run_at=kit.NOW)


def test_jobs_that_an_outage_interrupted_are_taken_up_when_it_is_over(
    database: databases.Database, cast: Cast, job: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_down: list[bool] = []
    done: list[bool] = []

    def break_off_once(_session: Session) -> None:
        if not done and not is_down:
            is_down.append(True)
            raise errors.Unavailable("the disk is full")
        done.append(True)

    def transaction(company: str | None = None) -> Any:
        if is_down == [True]:
            raise errors.Unavailable("the disk is full")
        return up(company)

    up = database.transaction
    job(break_off_once)
    enqueue(database, 3)
    worker = Worker(database, lambda: kit.NOW, "the one")
    monkeypatch.setattr(database, "transaction", transaction)
    worker.run_once()
    assert [each.state for each in kit.rows(database, models.Job)] == ["leased"] * 3
    is_down.append(False)  # it is over
    assert Worker(database, lambda: kit.NOW, "another").run_once() == 0
    assert worker.run_once() == 3
    assert len(done) == 3 and kit.rows(database, models.Job, type="test.job") == []


def test_a_lost_connection_costs_one_try_and_the_worker_goes_on(
    postgres_database: databases.Database, job: Callable[..., None]
) -> None:
    tried: list[bool] = []

    def lose_the_connection_once(session: Session) -> None:
        tried.append(True)
        if len(tried) == 1:
            own = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with postgres_database.transaction() as other:
                other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
            session.execute(text("SELECT 1"))

    job(lose_the_connection_once)
    enqueue(postgres_database, 2)
    worker = Worker(postgres_database, lambda: kit.NOW)
    worker.run_once()
    assert len(tried) == 2  # the other one was done all the same
    Worker(postgres_database, lambda: kit.NOW + timedelta(minutes=1)).run_once()
    assert len(tried) == 3 and kit.rows(postgres_database, models.Job) == []


def test_a_failure_that_cannot_be_set_aside_does_not_break_off_the_round(
    database: databases.Database, cast: Cast, job: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_named: object) -> Any:
        raise RuntimeError("bug")

    done: list[bool] = []
    job(lambda _session: done.append(True))
    enqueue(database, 1)
    for name in ("fire", "park", "start_scheduled", "skip_start"):
        monkeypatch.setattr(timers, name, fail)
    monkeypatch.setattr(timers, "due_keys", lambda _session, *, now, limit: [1, 2])
    monkeypatch.setattr(timers, "due_starts", lambda _session, *, now, limit: [3])
    worker = Worker(database, lambda: kit.NOW)
    assert worker.run_once() == 1 and done == [True]
    assert worker.run_once() == 0  # so it pauses instead of trying the same without end


def test_a_job_whose_failure_cannot_be_noted_stops_no_other(
    database: databases.Database, cast: Cast, job: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []

    def fail_once(_session: Session) -> None:
        tried.append(True)
        if len(tried) == 1:
            raise RuntimeError("bug")

    def fail(*_given: object, **_named: object) -> None:
        raise RuntimeError("bug")

    job(fail_once)
    enqueue(database, 2)
    worker = Worker(database, lambda: kit.NOW)
    with monkeypatch.context() as patched:
        patched.setattr("engine.verbs.running.service_jobs.note_failure", fail)
        assert worker.run_once() == 1
    assert worker.run_once() == 1 and len(tried) == 3


def test_a_worker_at_work_is_heard_and_a_dead_one_missed_after_a_minute(database: databases.Database, cast: Cast) -> None:
    def silence(seconds: int) -> heartbeats.Silence | None:
        with database.reading() as session:
            return heartbeats.silence(session, now=kit.NOW + timedelta(seconds=seconds))

    assert silence(0) == heartbeats.Silence(None)
    moment = [kit.NOW]
    worker = Worker(database, lambda: moment[0])
    worker.run_once()
    assert silence(60) is None and silence(61) == heartbeats.Silence(kit.NOW)
    moment[0] += timedelta(seconds=30)
    worker.run_once()
    assert silence(61) is None
    moment[0] += timedelta(days=8)
    Worker(database, lambda: moment[0]).run_once()
    with database.reading() as session:
        assert [each.seen_at for each in session.query(models.Heartbeat)] == [moment[0]]


def test_a_sign_of_life_that_cannot_be_written_stops_nothing(
    database: databases.Database, cast: Cast, job: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise RuntimeError("bug")

    done: list[bool] = []
    job(lambda _session: done.append(True))
    enqueue(database, 1)
    monkeypatch.setattr(heartbeats, "beat", fail)
    assert Worker(database, lambda: kit.NOW).run_once() == 1 and done == [True]
