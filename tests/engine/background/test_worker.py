"""The worker goes on whatever happens, does nothing when nothing is due, and tidies up once a day."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine import errors
from engine.background import housekeeping
from engine.background.worker import Worker
from engine.storage import database as databases
from engine.verbs import messages
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
