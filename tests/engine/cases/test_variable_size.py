"""What a case may hold: too much is refused at every way in, by its size, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine import errors, operations
from engine.background.worker import Worker
from engine.cases import variable_size
from engine.operations import registry
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import messages, process_instances, service_jobs, start_drafts
from tests.cast import Cast
from tests.engine import kit

LARGE = "案" * (variable_size.DEFAULT * variable_size.MEGABYTE // variable_size.SHARE // 3 + 1)  # three octets each


@pytest.fixture
def bare(database: databases.Database, cast: Cast) -> None:
    """A process without forms: a task, then a job of an external worker."""
    work = kit.service("work", "outside.work")
    task = kit.task("a", groups="流程管理员")
    kit.deploy(
        database, cast.owner, kit.diagram("bare", kit.start(), task, work, kit.end(), kit.chain("started", "a", "work", "done"))
    )


def refused(database: databases.Database, way: Callable[[Session], Any]) -> errors.TooLarge:
    with pytest.raises(errors.TooLarge) as caught, database.transaction("acme") as session:
        way(session)
    return caught.value


def test_too_much_at_once_is_refused_at_every_way_in(database: databases.Database, cast: Cast, bare: None) -> None:
    large, by, now = {"x": LARGE}, cast.owner, kit.NOW
    key = kit.begin(database, by, "bare")
    task = kit.open_task(database, key, "a")
    ways: list[Callable[[Session], Any]] = [
        lambda session: process_instances.start(session, by, "bare", large, now=now),
        lambda session: user_tasks.complete(session, by, task, large, now=now),
        lambda session: messages.publish(session, by, "m", "k", large, now=now, time_to_live=timedelta(hours=1)),
        lambda session: messages.correlate(session, by, "m", "k", large, now=now),
        lambda session: messages.broadcast(session, by, "s", large, now=now),
        lambda session: start_drafts.save(session, by, "bare", large, key=None, now=now),
    ]
    for way in ways:
        assert "2.0" in str(refused(database, way))
    kit.complete(database, by, key, "a")
    (job,) = [each for each in kit.rows(database, models.Job) if each.type == "outside.work"]
    refused(database, lambda session: service_jobs.complete(session, by, job.key, large, now=now))
    refused(database, lambda session: service_jobs.throw_error(session, by, job.key, "e", "", large, now=now))
    assert len(kit.rows(database, models.ProcessInstance)) == 1 and kit.rows(database, models.Message) == []


def test_a_case_that_would_grow_too_large_stays_as_it_was_and_can_be_cancelled(
    database: databases.Database, cast: Cast, bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = kit.begin(database, cast.owner, "bare", {"x": "a" * 3000})
    task = kit.open_task(database, key, "a")
    monkeypatch.setattr(variable_size, "MEGABYTE", 5000 // variable_size.DEFAULT)
    way = {"y": "b" * 2200}
    refused(database, lambda session: user_tasks.complete(session, cast.owner, task, way, now=kit.NOW))
    assert kit.open_elements(database, key) == ["a"]
    monkeypatch.setattr(variable_size, "MEGABYTE", 1000 // variable_size.DEFAULT)
    with database.transaction("acme") as session:
        process_instances.cancel(session, cast.owner, key, "太大", now=kit.NOW)


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two operations that give more than can be taken: where the case moves, and as a job."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    for name, in_transaction in (("tests.at_once", True), ("tests.later", False)):

        def much(context: operations.OperationContext) -> dict[str, Any]:
            return {"x": LARGE}

        operations.operation(name, in_transaction=in_transaction)(much)
    yield


@pytest.mark.parametrize("name", ["tests.at_once", "tests.later"])
def test_an_operation_that_gives_too_much_is_an_incident(
    database: databases.Database, cast: Cast, talkative: None, name: str
) -> None:
    work = kit.service("work", name, retries="1")
    kit.deploy(database, cast.owner, kit.diagram("much", kit.start(), work, kit.end(), kit.chain("started", "work", "done")))
    key = kit.begin(database, cast.owner, "much")
    Worker(database, lambda: kit.NOW).run_once()
    (incident,) = kit.rows(database, models.Incident, instance_key=key)
    assert incident.element_id == "work" and "2.0" in str(
        incident.message % incident.values if incident.values else incident.message
    )


def test_how_much_a_case_holds_is_said_by_the_environment(database: databases.Database, cast: Cast, bare: None) -> None:
    database.surroundings["case_megabytes"] = 8
    key = kit.begin(database, cast.owner, "bare", {"x": LARGE})
    assert kit.open_elements(database, key) == ["a"]
    database.surroundings["case_megabytes"] = 1
    task = kit.open_task(database, key, "a")
    large = {"y": "a" * (variable_size.MEGABYTE // 2)}
    told = refused(database, lambda session: user_tasks.complete(session, cast.owner, task, large, now=kit.NOW))
    assert "0.5 MB" in str(told)
    told = refused(database, lambda session: user_tasks.complete(session, cast.owner, task, {"y": "a"}, now=kit.NOW))
    assert "1 MB" in str(told)


def test_a_value_wrapped_in_itself_round_after_round_is_refused(sqlite_database: databases.Database) -> None:
    value: Any = 1
    for _round in range(5000):
        value = [value]
    with pytest.raises(errors.Invalid), sqlite_database.reading() as session:
        variable_size.check(session, {"x": value})
