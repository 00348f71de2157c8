"""What could still break a case off past a step that cannot be taken back is not deployed, and named with that step."""

from __future__ import annotations

from typing import Any

import pytest

from engine.deploying.deployment import DeploymentRefused
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit

BURN = kit.task("burn", groups="客服专员", irreversible="true")
TERMINATE = "<bpmn:terminateEventDefinition/>"
BURNING = kit.diagram("burning", kit.start(), BURN, kit.task("sign"), kit.end(), kit.chain("started", "burn", "sign", "done"))


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
    caller = kit.diagram(
        "caller",
        kit.start(),
        kit.call("call", "burning"),
        kit.boundary("late", "call", LATE),
        kit.end(),
        kit.chain("started", "call", "done"),
        kit.chain("late", "done"),
    )
    assert list(refused(database, cast.owner, caller, BURNING)) == ["late"]
    kit.deploy(database, cast.owner, BURNING)
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
