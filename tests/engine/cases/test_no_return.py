"""Past a step that cannot be taken back a case can only be finished, whoever tries and by whatever way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors, operations
from engine.background.worker import Worker
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.deploying.deployment import DeploymentRefused
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import incidents, messages, process_instances, service_jobs
from tests.cast import Cast
from tests.engine import kit

BURN = kit.task("burn", groups="客服专员", irreversible="true")
WITHDRAWN = kit.message("withdrawn", "withdrawn", "=order")
BAD = '<bpmn:error id="bad" name="bad" errorCode="bad"/>'
TERMINATE = "<bpmn:terminateEventDefinition/>"


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
        assert "burn" in str(refused.value) and "程办事" in str(refused.value) and "2026-03-02 09:00" in str(refused.value)
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
    with pytest.raises(errors.NotFound), database.transaction("acme") as session:
        messages.correlate(session, cast.owner, "withdrawn", "A1", {}, now=kit.NOW)
    with database.transaction("acme") as session:
        told = messages.publish(
            session, cast.owner, "withdrawn", "A1", {}, now=kit.NOW, time_to_live=timedelta(hours=1)
        ).instance_keys
    assert told == [] and is_running(database, bound)
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


# What may not be deployed


def refused(database: databases.Database, by: kit.Actor, *resources: kit.Resource) -> dict[str, str]:
    """The refusals of a deployment by element."""
    try:
        kit.deploy(database, by, *resources)
    except DeploymentRefused as refusal:
        return {each.element_id: str(each) for each in refusal.problems if each.severity == "error"}
    return {}


LATE = kit.timer("timeDuration", "PT1H")


def drawn(*content: str, **beside: Any) -> kit.Resource:
    return kit.diagram("drawn", kit.start(), BURN, kit.end(), *content, **beside)


def event_subprocess(interrupting: bool = True) -> str:
    inner = kit.node("startEvent", "too_late", inner=LATE, attributes=f' isInterrupting="{str(interrupting).lower()}"')
    inner += kit.end("broken_off") + kit.chain("too_late", "broken_off")
    return kit.node("subProcess", "aborting", attributes=' triggeredByEvent="true"', inner=inner)


FORKED = (kit.node("parallelGateway", "fork"), kit.node("parallelGateway", "join"), kit.task("beside"), kit.task("next"))
PAST = {
    "a boundary event behind it": (
        "late",
        drawn(
            kit.task("next"),
            kit.boundary("late", "next", LATE),
            kit.chain("started", "burn", "next", "done"),
            kit.chain("late", "done"),
        ),
    ),
    "a boundary event beside it": (
        "late",
        drawn(
            *FORKED,
            kit.boundary("late", "beside", LATE),
            kit.chain("started", "fork", "burn", "join", "next", "done"),
            kit.chain("fork", "beside", "join"),
            kit.chain("late", "done"),
        ),
    ),
    "a loop that leads back to it": (
        "late",
        drawn(
            kit.task("before"),
            kit.node("exclusiveGateway", "again", attributes=' default="again_before"'),
            kit.boundary("late", "before", LATE),
            kit.chain("started", "before", "burn", "again", "before"),
            kit.flow("again", "done", "=ready"),
            kit.chain("late", "done"),
        ),
    ),
    "an event subprocess around it": ("too_late", drawn(event_subprocess(), kit.chain("started", "burn", "done"))),
    "a terminate end behind it": (
        "stopped",
        drawn(
            kit.node("endEvent", "stopped", inner=TERMINATE), kit.chain("started", "burn", "stopped"), kit.chain("burn", "done")
        ),
    ),
    "a boundary event of its subprocess": (
        "late",
        kit.diagram(
            "drawn",
            kit.start(),
            kit.node("subProcess", "all", inner=kit.start("in") + BURN + kit.end("out") + kit.chain("in", "burn", "out")),
            kit.boundary("late", "all", LATE),
            kit.end(),
            kit.chain("started", "all", "done"),
            kit.chain("late", "done"),
        ),
    ),
}
BEFORE = {
    "a boundary event before it": drawn(
        kit.task("before"),
        kit.boundary("late", "before", LATE),
        kit.chain("started", "before", "burn", "done"),
        kit.chain("late", "burn"),
    ),
    "a boundary event of the very task, which is not done yet then": drawn(
        kit.boundary("late", "burn", LATE), kit.chain("started", "burn", "done"), kit.chain("late", "done")
    ),
    "a boundary event that does not interrupt": drawn(
        kit.task("next"),
        kit.boundary("late", "next", LATE, interrupting=False),
        kit.chain("started", "burn", "next", "done"),
        kit.chain("late", "done"),
    ),
    "a boundary event on branches that were joined before it": drawn(
        *FORKED,
        kit.boundary("late", "beside", LATE),
        kit.chain("started", "fork", "next", "join", "burn", "done"),
        kit.chain("fork", "beside", "join"),
        kit.chain("late", "join"),
    ),
    "a terminate end on another way": drawn(
        kit.node("exclusiveGateway", "which", attributes=' default="which_burn"'),
        kit.node("endEvent", "stopped", inner=TERMINATE),
        kit.chain("started", "which", "burn", "done"),
        kit.flow("which", "stopped", "=no"),
    ),
    "an event subprocess that does not interrupt": drawn(
        event_subprocess(interrupting=False), kit.chain("started", "burn", "done")
    ),
}


@pytest.mark.parametrize("what", PAST)
def test_what_could_interrupt_past_it_is_not_deployed(database: databases.Database, cast: Cast, what: str) -> None:
    element, resource = PAST[what]
    found = refused(database, cast.owner, resource)
    assert list(found) == [element] and "burn" in found[element]


@pytest.mark.parametrize("what", BEFORE)
def test_what_can_only_interrupt_before_it_is_deployed(database: databases.Database, cast: Cast, what: str) -> None:
    assert refused(database, cast.owner, BEFORE[what]) == {}


def test_a_call_of_such_a_process_counts_as_such_a_step(database: databases.Database, cast: Cast) -> None:
    called = two_steps()
    caller = kit.diagram(
        "caller",
        kit.start(),
        kit.call("call", "burning"),
        kit.boundary("late", "call", LATE),
        kit.end(),
        kit.chain("started", "call", "done"),
        kit.chain("late", "done"),
    )
    assert list(refused(database, cast.owner, caller, *called)) == ["late"]
    kit.deploy(database, cast.owner, *called)
    assert list(refused(database, cast.owner, caller)) == ["late"]


def test_the_operation_that_destroys_records_is_such_a_step_by_itself(database: databases.Database, cast: Cast) -> None:
    shred = kit.service("shred", "records.destroy")
    stopped = kit.node("endEvent", "stopped", inner=TERMINATE)
    drawn_ = kit.diagram("drawn", kit.start(), shred, stopped, kit.chain("started", "shred", "stopped"))
    assert list(refused(database, cast.owner, drawn_)) == ["stopped"]


def test_the_property_is_refused_where_nothing_could_obey_it(database: databases.Database, cast: Cast) -> None:
    property_ = '<zeebe:properties><zeebe:property name="irreversible" value="true"/></zeebe:properties>'
    manual = kit.node("manualTask", "manual", extension=property_)
    wrong = kit.task("wrong", irreversible="ja")
    flow = kit.chain("started", "burn", "manual", "wrong", "done")
    assert sorted(refused(database, cast.owner, drawn(manual, wrong, flow))) == ["manual", "wrong"]
