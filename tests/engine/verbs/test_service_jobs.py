"""Jobs at flow nodes: operations, external workers, retries, incidents, BPMN errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import errors, operations
from engine.background import pulse
from engine.background.worker import Worker
from engine.cases import history
from engine.operations import registry
from engine.storage import database as databases
from engine.storage import heartbeats, jobs, models
from engine.verbs.running import incidents, service_jobs
from tests.cast import Cast
from tests.engine import kit

INPUT = '<zeebe:ioMapping><zeebe:input source="=amount" target="amount"/><zeebe:output source="=paid" target="paid"/></zeebe:ioMapping>'
MINUTE = timedelta(minutes=1)


@pytest.fixture
def calls() -> Iterator[list[Any]]:
    """Operations of the tests; what they were called with."""
    seen: list[Any] = []

    def pay(context: operations.OperationContext, amount: Any = None) -> dict[str, Any]:
        seen.append((context.job_key, amount))
        if amount == 13:
            history.append(context.session, context.instance, "note", at=context.now)
            raise errors.Conflict("The purse is empty.")
        if amount == 14:
            raise operations.BpmnError("too_much", "mehr als genug")
        if amount == 15:
            raise RuntimeError("bug")
        return {"paid": amount}

    operations.operation("test.pay", in_transaction=True)(pay)
    operations.operation("test.pay_later")(pay)
    yield seen
    for name in ("test.pay", "test.pay_later"):
        del registry._registered[name]


def paying(type: str) -> kit.Resource:
    error = '<bpmn:errorEventDefinition errorRef="too_much"/>'
    return kit.diagram(
        "paying",
        kit.start(),
        kit.service("pay", type, inputs=INPUT),
        kit.task("receipt"),
        kit.end(),
        kit.boundary("refused", "pay", error),
        kit.end("sent_back"),
        kit.chain("started", "pay", "receipt", "done"),
        kit.chain("refused", "sent_back"),
        beside='<bpmn:error id="too_much" name="too_much" errorCode="too_much"/>',
    )


def begin(database: databases.Database, cast: Cast, type: str, amount: int) -> int:
    kit.deploy(database, cast.owner, paying(type))
    return kit.begin(database, cast.owner, "paying", {"amount": amount})


def holds(database: databases.Database, key: int) -> bool:
    with database.reading() as session:
        return history.verify(session, key) == []


def test_an_operation_in_the_transaction_is_done_at_once(database: databases.Database, cast: Cast, calls: list[Any]) -> None:
    key = begin(database, cast, "test.pay", 5)
    assert calls == [(None, 5)]
    assert kit.open_elements(database, key) == ["receipt"]


def test_an_operation_outside_runs_after_the_commit_with_its_job_key(
    database: databases.Database, cast: Cast, calls: list[Any]
) -> None:
    key = begin(database, cast, "test.pay_later", 5)
    [job] = kit.rows(database, models.Job)
    assert calls == [] and job.payload == {"amount": 5}
    Worker(database, lambda: kit.NOW).run_once()
    assert calls == [(job.key, 5)]
    assert kit.open_elements(database, key) == ["receipt"]
    assert kit.rows(database, models.Job)[0].state == "completed"
    assert holds(database, key)


@pytest.mark.parametrize("type", ["test.pay", "test.pay_later"])
def test_an_expected_error_takes_the_boundary_event(
    database: databases.Database, cast: Cast, calls: list[Any], type: str
) -> None:
    key = begin(database, cast, type, 14)
    Worker(database, lambda: kit.NOW).run_once()
    assert kit.instance(database, key).end_event == "sent_back"
    assert holds(database, key)


@pytest.mark.parametrize("amount", [13, 15])
def test_a_failing_operation_in_the_transaction_leaves_an_incident_that_can_be_tried_again(
    database: databases.Database, cast: Cast, calls: list[Any], amount: int
) -> None:
    key = begin(database, cast, "test.pay", amount)
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert kit.instance(database, key).incidents == 1
    assert "note" not in [event.kind for event in kit.rows(database, models.HistoryEvent)]  # undone with the operation
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=kit.NOW)
    Worker(database, lambda: kit.NOW).run_once()
    assert [each.state for each in kit.rows(database, models.Incident)] == ["resolved", "open"]
    assert (kit.instance(database, key).incidents, len(calls)) == (1, 2)
    assert holds(database, key)


def test_a_job_is_tried_three_times_with_growing_pauses_and_then_waits_for_people(
    database: databases.Database, cast: Cast, calls: list[Any]
) -> None:
    key = begin(database, cast, "test.pay_later", 13)
    clock = [kit.NOW]
    worker = Worker(database, lambda: clock[0])
    pauses = []
    for _ in range(3):
        worker.run_once()
        assert worker.run_once() == 0
        [job] = kit.rows(database, models.Job, type="test.pay_later")
        pauses.append(job.run_at - clock[0])
        clock[0] = job.run_at
    assert (job.state, job.attempts, pauses[:2]) == ("failed", 3, [timedelta(seconds=10), timedelta(seconds=20)])
    [incident] = kit.rows(database, models.Incident)
    assert incident.message == "The purse is empty."
    clock[0] += timedelta(days=30)
    assert worker.run_once() == 0
    with pytest.raises(errors.NotFound), database.transaction("acme") as session:
        incidents.resolve(session, cast.outsider, incident.key, now=clock[0])
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, retries=2, now=clock[0])
    with pytest.raises(errors.Conflict), database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=clock[0])
    worker.run_once()
    assert len(calls) == 4
    assert holds(database, key)


def test_the_job_of_a_dead_worker_is_taken_over(database: databases.Database, cast: Cast, calls: list[Any]) -> None:
    key = begin(database, cast, "test.pay_later", 5)
    with database.transaction() as session:
        assert jobs.claim(session, ["test.pay_later"], 5, worker="dead", now=kit.NOW)
    assert Worker(database, lambda: kit.NOW + MINUTE).run_once() == 0
    assert Worker(database, lambda: kit.NOW + jobs.LEASE + MINUTE).run_once() == 1
    assert kit.open_elements(database, key) == ["receipt"]


def test_one_whose_pulse_has_stopped_holds_nothing_for_longer_than_seconds(
    database: databases.Database, cast: Cast, calls: list[Any]
) -> None:
    key = begin(database, cast, "test.pay_later", 5)
    with database.transaction() as session:
        heartbeats.pulse(session, "dead", now=kit.NOW)
        assert jobs.claim(session, ["test.pay_later"], 5, worker="dead", now=kit.NOW)
    assert Worker(database, lambda: kit.NOW + heartbeats.PULSE).run_once() == 0
    assert Worker(database, lambda: kit.NOW + heartbeats.DEAD_AFTER).run_once() == 1
    assert kit.open_elements(database, key) == ["receipt"]


def test_what_an_ending_worker_still_holds_is_anybodys_at_once(
    database: databases.Database, cast: Cast, calls: list[Any]
) -> None:
    begin(database, cast, "test.pay_later", 5)
    with pulse.beating(database, "ending", lambda: kit.NOW), database.transaction() as session:
        assert jobs.claim(session, ["test.pay_later"], 5, worker="ending", now=kit.NOW)
    assert Worker(database, lambda: kit.NOW).run_once() == 1


def test_an_external_worker_activates_and_completes(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, "mail.letter", 5)
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        service_jobs.activate(session, cast.clerk, "mail.letter", 5, timeout=MINUTE, worker="w", now=kit.NOW)
    with database.transaction("acme") as session:
        [job] = service_jobs.activate(session, cast.owner, "mail.letter", 5, timeout=MINUTE, worker="w", now=kit.NOW)
        assert service_jobs.activate(session, cast.owner, "mail.letter", 5, timeout=MINUTE, worker="w2", now=kit.NOW) == []
    with pytest.raises(errors.NotFound), database.transaction("elsewhere") as session:
        service_jobs.complete(
            session, cast.stranger.__class__("elsewhere", "x", "x", is_administrator=True), job.key, {}, now=kit.NOW
        )
    with database.transaction("acme") as session:
        service_jobs.complete(session, cast.owner, job.key, {"paid": 5}, now=kit.NOW)
    assert kit.open_elements(database, key) == ["receipt"]
    with pytest.raises(errors.Conflict), database.transaction("acme") as session:
        service_jobs.complete(session, cast.owner, job.key, {}, now=kit.NOW)


def test_an_external_worker_fails_and_throws(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, "mail.letter", 5)
    with database.transaction("acme") as session:
        [job] = service_jobs.activate(session, cast.owner, "mail.letter", 1, timeout=MINUTE, worker="w", now=kit.NOW)
        service_jobs.fail(session, cast.owner, job.key, retries=1, message="no stamps", backoff=MINUTE, now=kit.NOW)
        assert service_jobs.activate(session, cast.owner, "mail.letter", 1, timeout=MINUTE, worker="w", now=kit.NOW) == []
        [again] = service_jobs.activate(session, cast.owner, "mail.letter", 1, timeout=MINUTE, worker="w", now=kit.NOW + MINUTE)
        service_jobs.fail(session, cast.owner, again.key, retries=0, message="no stamps", now=kit.NOW)
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert str(errors.Refusal(incident.message, **incident.values)) == "no stamps"
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=kit.NOW)
        [last] = service_jobs.activate(session, cast.owner, "mail.letter", 1, timeout=MINUTE, worker="w", now=kit.NOW)
        service_jobs.throw_error(session, cast.owner, last.key, "too_much", "", {}, now=kit.NOW)
    assert kit.instance(database, key).end_event == "sent_back"


@pytest.mark.both_databases
@pytest.mark.parametrize("type", ["test.pay", "test.pay_later", "mail.letter"])
def test_an_error_that_nobody_catches_is_an_incident_and_can_be_tried_again(
    database: databases.Database, cast: Cast, calls: list[Any], type: str
) -> None:
    """In the transaction, by our worker, and by an external one, who is not there when it is tried again."""
    content = (kit.start(), kit.service("pay", type, inputs=INPUT), kit.task("receipt"), kit.end())
    kit.deploy(database, cast.owner, kit.diagram("paying", *content, kit.chain("started", "pay", "receipt", "done")))
    key = kit.begin(database, cast.owner, "paying", {"amount": 14})
    Worker(database, lambda: kit.NOW).run_once()
    if type == "mail.letter":
        with database.transaction("acme") as session:
            [job] = service_jobs.activate(session, cast.owner, type, 1, timeout=MINUTE, worker="w", now=kit.NOW)
            service_jobs.throw_error(session, cast.owner, job.key, "too_much", "mehr als genug", {}, now=kit.NOW)
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    told = errors.Refusal(incident.message, **incident.values)
    assert (
        (incident.element_id, incident.state) == ("pay", "open") and "too_much" in str(told) and "mehr als genug" in str(told)
    )
    assert kit.instance(database, key).state == "active" and kit.instance(database, key).incidents == 1
    assert Worker(database, lambda: kit.NOW + timedelta(days=1)).run_once() == 0  # nobody tries it by himself
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=kit.NOW)
        assert history.verify(session, key) == []
    assert [each.state for each in kit.rows(database, models.Incident)] == ["resolved"]
    Worker(database, lambda: kit.NOW).run_once()
    again = ["resolved"] if type == "mail.letter" else ["resolved", "open"]
    assert [each.state for each in kit.rows(database, models.Incident)] == again


def test_our_own_operations_are_not_handed_out(database: databases.Database, cast: Cast, calls: list[Any]) -> None:
    for type in ("test.pay_later", "messages.publish"):
        with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
            service_jobs.activate(session, cast.owner, type, 5, timeout=MINUTE, worker="w", now=kit.NOW)


def test_an_expression_that_fails_is_an_incident_and_goes_on_when_mended(database: databases.Database, cast: Cast) -> None:
    fork = kit.node("exclusiveGateway", "is_big")
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "forked",
            kit.start(),
            fork,
            kit.task("big"),
            kit.end(),
            kit.chain("started", "is_big"),
            kit.flow("is_big", "big", "=amount > 5"),
            kit.flow("big", "done"),
        ),
    )
    key = kit.begin(database, cast.owner, "forked", {"amount": 1})
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert (incident.kind, incident.element_id) == ("expression", "is_big")
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, incident.key, now=kit.NOW)
    assert [each.state for each in kit.rows(database, models.Incident)] == ["resolved", "open"]
    assert kit.instance(database, key).incidents == 1


def test_a_registered_job_runs_once_and_a_key_keeps_it_single(database: databases.Database, cast: Cast) -> None:
    done: list[datetime] = []

    @jobs.job("test.note")
    def note(session: object, payload: object, *, now: datetime) -> None:
        done.append(now)

    try:
        for _ in range(3):
            with database.transaction("acme") as session:
                jobs.enqueue(session, "test.note", {}, company_id="acme", run_at=kit.NOW, key="nightly")
        with pytest.raises(ZeroDivisionError), database.transaction("acme") as session:
            jobs.enqueue(session, "test.note", {}, company_id="acme", run_at=kit.NOW)
            raise ZeroDivisionError
        Worker(database, lambda: kit.NOW - MINUTE).run_once()
        assert done == []
        Worker(database, lambda: kit.NOW).run_once()
        assert done == [kit.NOW] and kit.rows(database, models.Job, type="test.note") == []
        with pytest.raises(ValueError, match="twice"):
            jobs.job("test.note")(note)
    finally:
        del jobs._registered["test.note"]
