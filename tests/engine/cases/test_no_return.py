"""Past a step that cannot be taken back a case can only be finished, whoever tries and by whatever way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors, operations
from engine.background.worker import Worker
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import incidents, messages, process_instances, service_jobs
from tests.cast import Cast
from tests.engine import kit

BURN = kit.task("burn", groups="客服专员", irreversible="true")
WITHDRAWN = kit.message("withdrawn", "withdrawn", "=order")
BAD = '<bpmn:error id="bad" name="bad" errorCode="bad"/>'
TERMINATE = "<bpmn:terminateEventDefinition/>"
LATE = kit.timer("timeDuration", "PT1H")


def let_look_up(database: databases.Database) -> None:
    """The company lets the processes of these tests look up records."""
    with database.transaction("acme") as session:
        session.get_one(models.Company, "acme").settings = {"records": {"read_by": ["checking", "waiting"]}}
        organisation.changed(session, "acme")


def two_steps(*, called: bool = False, **settings: Any) -> list[kit.Resource]:
    """start → burn (cannot be taken back) → sign → done, at will inside a process that is called."""
    inner = kit.diagram(
        "burning", kit.start(), BURN, kit.task("sign"), kit.end(), kit.chain("started", "burn", "sign", "done"), **settings
    )
    outer = kit.diagram(
        "outer",
        kit.start(),
        kit.node("parallelGateway", "both"),
        kit.call("call", "burning"),
        kit.task("beside"),
        kit.call("again", "burning"),
        kit.end(),
        kit.chain("started", "both", "call", "done"),
        kit.chain("both", "beside", "again", "done"),
    )
    return [inner, outer] if called else [inner]


def cancel(database: databases.Database, by: kit.Actor, key: int) -> None:
    with database.transaction(by.company_id) as session:
        process_instances.cancel(session, by, key, "不办了", now=kit.NOW)


def mark(database: databases.Database, key: int) -> dict[str, Any] | None:
    return kit.instance(database, key).irreversible


def test_before_the_step_a_case_is_cancelled_and_after_it_nobody_can(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *two_steps())
    early, key = (kit.begin(database, cast.clerk, "burning") for _ in range(2))
    cancel(database, cast.clerk, early)
    kit.complete(database, cast.clerk2, key, "burn")
    for by in (cast.clerk, cast.owner):
        with pytest.raises(errors.Conflict) as refused:
            cancel(database, by, key)
        assert "burn" in str(refused.value) and "程办事" in str(refused.value) and "2 Mar 2026, 09:00" in str(refused.value)
    kit.complete(database, cast.owner, key, "sign")
    assert kit.instance(database, key).state == "completed"


def test_the_whole_tree_is_bound_and_what_is_called_later_too(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *two_steps(called=True))
    key = kit.begin(database, cast.clerk, "outer")
    [child] = kit.rows(database, models.ProcessInstance, parent_key=key)
    kit.complete(database, cast.clerk, child.key, "burn")
    with pytest.raises(errors.Conflict, match="burn"):
        cancel(database, cast.owner, key)
    kit.complete(database, cast.owner, key, "beside")
    assert [mark(database, each.key) for each in kit.rows(database, models.ProcessInstance, root_key=key)] == [
        mark(database, child.key)
    ] * 3


def test_the_first_such_step_is_the_one_that_is_told(database: databases.Database, cast: Cast) -> None:
    twice = kit.task("again", groups="客服专员", irreversible="true")
    flow = kit.chain("started", "burn", "again", "sign", "done")
    kit.deploy(database, cast.owner, kit.diagram("twice", kit.start(), BURN, twice, kit.task("sign"), kit.end(), flow))
    key = kit.begin(database, cast.clerk, "twice")
    kit.complete(database, cast.clerk, key, "burn")
    kit.complete(database, cast.clerk2, key, "again")
    assert (mark(database, key) or {})["step"] == "burn"


def test_the_making_of_the_job_binds_also_of_a_version_published_before(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.deploy(database, cast.owner, shredding())
    monkeypatch.setattr(operations, "irreversible", lambda: frozenset({"shred"}))
    key = kit.begin(database, cast.owner, "shredding", {"order": "A1"})
    assert (mark(database, key) or {})["step"] == "shred"
    with pytest.raises(errors.Conflict):
        cancel(database, cast.owner, key)


def test_an_operation_in_the_transaction_binds_when_it_is_done_and_not_when_it_fails(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "irreversible", lambda: frozenset({"records.check_holds"}))
    let_look_up(database)
    flow = kit.chain("started", "check", "sign", "done")
    check = kit.service("check", "records.check_holds")
    kit.deploy(database, cast.owner, kit.diagram("checking", kit.start(), check, kit.task("sign"), kit.end(), flow))
    failed = kit.begin(database, cast.owner, "checking")
    assert mark(database, failed) is None
    given = kit.service(
        "check",
        "records.check_holds",
        inputs='<zeebe:ioMapping><zeebe:input source="=[]" target="records"/></zeebe:ioMapping>',
    )
    kit.deploy(database, cast.owner, kit.diagram("checking", kit.start(), given, kit.task("sign"), kit.end(), flow))
    assert mark(database, kit.begin(database, cast.owner, "checking")) is not None


def shredding() -> kit.Resource:
    """A version published before `shred` was declared: message, timer, error and a terminate end could all end it."""
    withdrawal = kit.node(
        "subProcess",
        "withdrawal",
        attributes=' triggeredByEvent="true"',
        inner=kit.node("startEvent", "told", inner='<bpmn:messageEventDefinition messageRef="withdrawn"/>')
        + kit.end("given_up")
        + kit.chain("told", "given_up"),
    )
    return kit.diagram(
        "shredding",
        kit.start(),
        withdrawal,
        kit.node("parallelGateway", "both"),
        kit.service("shred", "shred"),
        kit.task("sign"),
        kit.end(),
        kit.task("watch"),
        kit.boundary("late", "watch", kit.timer("timeDuration", "PT1H")),
        kit.node("endEvent", "stopped", inner=TERMINATE),
        kit.chain("started", "both", "shred", "sign", "done"),
        kit.chain("both", "watch", "stopped"),
        kit.chain("late", "stopped"),
        beside=WITHDRAWN,
    )


@pytest.fixture
def bound(database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> int:
    """A case of `shredding` that waited for everything before its job was known to bind; now it is past that point."""
    kit.deploy(database, cast.owner, shredding())
    key = kit.begin(database, cast.owner, "shredding", {"order": "A1"})
    monkeypatch.setattr(operations, "irreversible", lambda: frozenset({"shred"}))
    with database.transaction("acme") as session:
        instance = cases.lock(session, key)
        case = cases.take_up(Surroundings(session, cast.owner, kit.NOW), instance)
        cases.no_return.bind(session, instance, case.definition.program.elements["shred"], actor=None, now=kit.NOW)
    return key


def is_running(database: databases.Database, key: int) -> bool:
    return kit.instance(database, key).state == "active" and kit.open_elements(database, key) == ["watch"]


def test_a_message_that_would_interrupt_is_not_taken_any_more(database: databases.Database, cast: Cast, bound: int) -> None:
    with pytest.raises(errors.Conflict, match="“shred” was done on 2 Mar 2026, 09:00"), database.transaction("acme") as session:
        messages.correlate(session, cast.owner, "withdrawn", "A1", {}, now=kit.NOW)
    with database.transaction("acme") as session:
        told = messages.publish(
            session, cast.owner, "withdrawn", "A1", {}, now=kit.NOW, time_to_live=timedelta(hours=1)
        ).instance_keys
    assert told == [] and is_running(database, bound)
    [event] = kit.rows(database, models.HistoryEvent, instance_key=bound, kind="message_barred")
    assert event.data["name"] == "withdrawn" and event.actor == cast.owner.username
    assert kit.rows(database, models.Subscription) == []  # nobody asks again
    assert Worker(database, lambda: kit.NOW).run_once() == 0


def test_a_timer_that_would_interrupt_goes_without_effect(database: databases.Database, bound: int) -> None:
    worker = Worker(database, lambda: kit.NOW + timedelta(hours=2))
    worker.run_once()
    assert is_running(database, bound) and kit.rows(database, models.Timer) == []
    assert worker.run_once() == 0
    assert kit.rows(database, models.HistoryEvent, instance_key=bound, kind="timer_fired") == []


def test_a_terminate_end_ends_only_its_own_token(database: databases.Database, cast: Cast, bound: int) -> None:
    kit.complete(database, cast.owner, bound, "watch")
    assert kit.instance(database, bound).state == "active"
    [job] = kit.rows(database, models.Job, instance_key=bound)
    with database.transaction("acme") as session:
        service_jobs.complete(session, cast.owner, job.key, {}, now=kit.NOW)
    kit.complete(database, cast.owner, bound, "sign")
    assert kit.instance(database, bound).state == "completed"


def test_past_it_nothing_begins_to_wait_that_would_interrupt(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_look_up(database)
    given = '<zeebe:ioMapping><zeebe:input source="=[]" target="records"/></zeebe:ioMapping>'
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "waiting",
            kit.start(),
            kit.service("check", "records.check_holds", inputs=given),
            kit.task("sign"),
            kit.boundary("late", "sign", LATE),
            kit.boundary("slow", "sign", LATE, interrupting=False),
            kit.end(),
            kit.chain("started", "check", "sign", "done"),
            kit.chain("late", "done"),
            kit.chain("slow", "done"),
        ),
    )
    kit.begin(database, cast.owner, "waiting")
    assert [each.element_id for each in kit.rows(database, models.Timer)] == ["late", "slow"]
    monkeypatch.setattr(operations, "irreversible", lambda: frozenset({"records.check_holds"}))
    key = kit.begin(database, cast.owner, "waiting")
    assert [each.element_id for each in kit.rows(database, models.Timer, instance_key=key)] == ["slow"]


def test_no_token_is_moved_back(database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.deploy(database, cast.owner, shredding())
    monkeypatch.setattr(operations, "irreversible", lambda: frozenset({"shred"}))
    key = kit.begin(database, cast.owner, "shredding", {"order": "A1"})
    [job] = kit.rows(database, models.Job, instance_key=key)
    with database.transaction("acme") as session:
        case = cases.take_up(Surroundings(session, cast.owner, kit.NOW), cases.lock(session, key))
        with pytest.raises(errors.Conflict):
            case.run.move([job.token], "watch")


def test_an_error_past_it_is_an_incident_of_the_job_and_of_the_event_that_throws(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught = '<bpmn:errorEventDefinition errorRef="bad"/>'
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "failing",
            kit.start(),
            kit.service("shred", "shred"),
            kit.boundary("broken", "shred", caught),
            kit.end("given_up"),
            kit.node(
                "subProcess", "after", inner=kit.start("in") + kit.end("thrown", definition=caught) + kit.chain("in", "thrown")
            ),
            kit.boundary("broken_after", "after", caught),
            kit.end(),
            kit.chain("started", "shred", "after", "done"),
            kit.chain("broken", "given_up"),
            kit.chain("broken_after", "given_up"),
            beside=BAD,
        ),
    )
    monkeypatch.setattr(operations, "irreversible", lambda: frozenset({"shred"}))
    key = kit.begin(database, cast.owner, "failing")
    [job] = kit.rows(database, models.Job, instance_key=key)
    with database.transaction("acme") as session:
        service_jobs.throw_error(session, cast.owner, job.key, "bad", "Papierstau", {}, now=kit.NOW)
    [trouble] = kit.rows(database, models.Incident, instance_key=key)
    with database.transaction("acme") as session:
        incidents.resolve(session, cast.owner, trouble.key, now=kit.NOW)
    with database.transaction("acme") as session:
        service_jobs.complete(session, cast.owner, job.key, {}, now=kit.NOW)
    open_ = kit.rows(database, models.Incident, instance_key=key, state="open")
    assert [each.element_id for each in open_] == ["thrown"] and "point of no return" in open_[0].message
    assert kit.instance(database, key).state == "active"
