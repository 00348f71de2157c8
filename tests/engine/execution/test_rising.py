"""Errors and escalations rise from called processes until somebody catches them, however many calls lie between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine import errors, operations
from engine.background.worker import Worker
from engine.cases import history
from engine.operations import registry
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import process_instances, service_jobs
from tests.cast import Cast
from tests.engine import kit

BESIDE = '<bpmn:error id="er" name="er" errorCode="NO"/><bpmn:escalation id="es" name="es" escalationCode="LATE"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="er"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="es"/>'


@pytest.fixture(autouse=True)
def refusing() -> Iterator[None]:
    """Operations that throw a BPMN error, in the transaction and as a job."""

    def refuse(context: operations.OperationContext) -> dict[str, Any]:
        raise operations.BpmnError("NO", "out of stock")

    for name, at_once in (("test.refuse", True), ("test.refuse_later", False)):
        operations.operation(name, in_transaction=at_once)(refuse)
    yield
    for name in ("test.refuse", "test.refuse_later"):
        del registry._registered[name]


def deploy(database: databases.Database, cast: Cast, *inner: str, catch: str = ERROR, interrupting: bool = True) -> None:
    """top calls middle, which calls bottom, made of `inner`; top catches; beside its call, middle has a task."""
    fork = kit.node("parallelGateway", "fork")
    middle = (kit.start(), fork, kit.call("c", "bottom"), kit.task("beside"), kit.end(), kit.end("other"))
    top = (
        kit.start(),
        kit.call("c", "middle"),
        kit.task("after"),
        kit.end(),
        kit.boundary("caught", "c", catch, interrupting=interrupting) if catch else "",
        kit.task("fix") if catch else "",
        kit.end("fixed"),
    )
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("bottom", kit.start(), *inner, beside=BESIDE),
        kit.diagram(
            "middle", *middle, kit.chain("started", "fork", "c", "done"), kit.chain("fork", "beside", "other"), beside=BESIDE
        ),
        kit.diagram(
            "top",
            *top,
            kit.chain("started", "c", "after", "done"),
            kit.chain("caught", "fix", "fixed") if catch else "",
            beside=BESIDE,
        ),
    )


def failing_after_a_task() -> tuple[str, ...]:
    return kit.task("w"), kit.end("bad", definition=ERROR), kit.chain("started", "w", "bad")


def states(database: databases.Database) -> dict[str, str]:
    return {row.process_id: row.state for row in kit.rows(database, models.ProcessInstance)}


def at(database: databases.Database, process: str) -> list[str]:
    [row] = kit.rows(database, models.ProcessInstance, process_id=process)
    with database.reading() as session:
        assert history.verify(session, row.key) == []
    return kit.open_elements(database, row.key)


def key_of(database: databases.Database, process: str) -> int:
    [row] = kit.rows(database, models.ProcessInstance, process_id=process)
    key: int = row.key
    return key


def work(*, later: bool) -> tuple[str, ...]:
    return (
        kit.service("pay", "test.refuse_later" if later else "test.refuse"),
        kit.end(),
        kit.chain("started", "pay", "done"),
    )


def assert_caught(database: databases.Database) -> None:
    assert states(database) == {"top": "active", "middle": "cancelled", "bottom": "cancelled"}
    assert (at(database, "top"), at(database, "middle"), at(database, "bottom")) == (["fix"], [], [])
    assert kit.rows(database, models.Incident, state="open") == []
    assert kit.instance(database, key_of(database, "bottom")).incidents == 0


def test_an_error_is_caught_two_calls_up_and_what_lies_between_is_cancelled(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, *failing_after_a_task())
    kit.begin(database, cast.clerk, "top")
    assert at(database, "middle") == ["beside"]
    kit.complete(database, cast.owner, key_of(database, "bottom"), "w")
    assert_caught(database)


def test_an_error_at_once_is_caught_while_the_cases_are_still_being_begun(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, kit.end("bad", definition=ERROR), kit.chain("started", "bad"))
    kit.begin(database, cast.clerk, "top")
    assert_caught(database)


@pytest.mark.both_databases
@pytest.mark.parametrize("later", [False, True], ids=["in the transaction", "as a job"])
def test_an_error_of_an_operation_rises_as_far(database: databases.Database, cast: Cast, later: bool) -> None:
    deploy(database, cast, *work(later=later))
    kit.begin(database, cast.clerk, "top")
    Worker(database, lambda: kit.NOW).run_once()
    assert_caught(database)


def test_an_error_of_an_external_worker_rises_with_its_variables(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, kit.service("pay", "mail.letter"), kit.end(), kit.chain("started", "pay", "done"))
    key = kit.begin(database, cast.clerk, "top")
    [job] = kit.rows(database, models.Job, type="mail.letter")
    with database.transaction("acme") as session:
        service_jobs.throw_error(session, cast.owner, job.key, "NO", "lost", {"where": "海上"}, now=kit.NOW)
    assert_caught(database)
    with database.reading() as session:
        seen = process_instances.cases.variables(session, session.get_one(models.ProcessInstance, key), now=kit.NOW)
    assert (seen["where"], seen["errorMessage"]) == ("海上", "lost")


@pytest.mark.parametrize("kind", ["event", "in the transaction", "as a job"])
def test_an_error_that_nobody_catches_is_an_incident_that_names_the_path(
    database: databases.Database, cast: Cast, kind: str
) -> None:
    inner = failing_after_a_task() if kind == "event" else work(later=kind == "as a job")
    deploy(database, cast, *inner, catch="")
    kit.begin(database, cast.clerk, "top")
    if kind == "event":
        kit.complete(database, cast.owner, key_of(database, "bottom"), "w")
    Worker(database, lambda: kit.NOW).run_once()
    [incident] = kit.rows(database, models.Incident)
    told = str(errors.Refusal(incident.message, **incident.values))
    thrower = "bad" if kind == "event" else "pay"
    assert "the error NO" in told and f"流程 bottom「{thrower}」 → 流程 middle「c」 → 流程 top「c」" in told
    assert set(states(database).values()) == {"active"} and at(database, "middle") == ["beside"]


@pytest.mark.parametrize("ends", [False, True], ids=["thrown on the way", "at the end"])
def test_an_escalation_is_caught_two_calls_up_and_everything_goes_on(
    database: databases.Database, cast: Cast, ends: bool
) -> None:
    throw = kit.node("endEvent" if ends else "intermediateThrowEvent", "cry", inner=ESCALATION)
    rest = () if ends else (kit.task("w"), kit.end(), kit.chain("cry", "w", "done"))
    deploy(database, cast, throw, kit.chain("started", "cry"), *rest, catch=ESCALATION, interrupting=False)
    kit.begin(database, cast.clerk, "top")
    assert at(database, "top") == ["fix"] and at(database, "middle") == ["beside"]
    assert states(database)["bottom"] == ("completed" if ends else "active")
    kit.complete(database, cast.owner, key_of(database, "middle"), "beside")
    if not ends:
        kit.complete(database, cast.owner, key_of(database, "bottom"), "w")
    assert at(database, "top") == ["after", "fix"]


@pytest.mark.parametrize("ends", [False, True], ids=["thrown on the way", "at the end"])
def test_an_interrupting_catch_of_an_escalation_ends_what_lies_between(
    database: databases.Database, cast: Cast, ends: bool
) -> None:
    throw = kit.node("endEvent" if ends else "intermediateThrowEvent", "cry", inner=ESCALATION)
    rest = () if ends else (kit.task("w"), kit.end(), kit.chain("cry", "w", "done"))
    deploy(database, cast, kit.task("v"), throw, kit.chain("started", "v", "cry"), *rest, catch=ESCALATION)
    kit.begin(database, cast.clerk, "top")
    kit.complete(database, cast.owner, key_of(database, "bottom"), "v")
    assert (at(database, "top"), at(database, "middle"), at(database, "bottom")) == (["fix"], [], [])
    assert states(database) == {"top": "active", "middle": "cancelled", "bottom": "completed" if ends else "cancelled"}


def test_an_escalation_that_nobody_catches_changes_nothing(database: databases.Database, cast: Cast) -> None:
    throw = kit.node("intermediateThrowEvent", "cry", inner=ESCALATION)
    deploy(database, cast, throw, kit.task("w"), kit.end(), kit.chain("started", "cry", "w", "done"), catch="")
    kit.begin(database, cast.clerk, "top")
    assert at(database, "bottom") == ["w"] and at(database, "middle") == ["beside"]
    assert kit.rows(database, models.Incident) == [] and kit.rows(database, models.Job) == []
