"""What a thrown signal meets: decided at the throw in its own tree of cases, by who waited then everywhere else."""

from __future__ import annotations

import pytest

from engine.background.worker import Worker
from engine.cases import history
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

BESIDE = '<bpmn:signal id="S" name="stop"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="S"/>'


def throw(kind: str = "intermediateThrowEvent") -> str:
    return kit.node(kind, "throw", inner=SIGNAL)


def subprocess(*, interrupting: bool) -> str:
    """An event subprocess that the signal starts."""
    start = kit.node("startEvent", "heard", inner=SIGNAL, attributes=f' isInterrupting="{str(interrupting).lower()}"')
    inner = start + kit.task("inner") + kit.end("ie") + kit.chain("heard", "inner", "ie")
    return kit.node("subProcess", "sub", inner=inner, attributes=' triggeredByEvent="true"')


def catching(process: str = "waits") -> kit.Resource:
    catch = kit.node("intermediateCatchEvent", "wait", inner=SIGNAL)
    content = (kit.start(), catch, kit.task("reached"), kit.end(), kit.chain("started", "wait", "reached", "done"))
    return kit.diagram(process, *content, beside=BESIDE)


def run_worker(database: databases.Database) -> None:
    Worker(database, lambda: kit.NOW).run_once()


def key_of(database: databases.Database, process: str) -> int:
    [row] = kit.rows(database, models.ProcessInstance, process_id=process)
    key: int = row.key
    with database.reading() as session:
        assert history.verify(session, key) == []
    return key


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("at_the_end", [True, False])
def test_a_process_that_ends_after_its_throw_hears_it_itself(
    database: databases.Database, cast: Cast, interrupting: bool, at_the_end: bool
) -> None:
    middle = (throw("endEvent"),) if at_the_end else (throw(), kit.end(), kit.chain("throw", "done"))
    content = (kit.start(), *middle, kit.chain("started", "throw"), subprocess(interrupting=interrupting))
    kit.deploy(database, cast.owner, kit.diagram("own", *content, beside=BESIDE))
    key = kit.begin(database, cast.clerk, "own")
    assert kit.open_elements(database, key) == ["inner"]
    run_worker(database)  # the world hears of it, the process does not hear it again
    assert kit.open_elements(database, key) == ["inner"]
    kit.complete(database, cast.owner, key, "inner")
    assert kit.instance(database, key).state == "completed"


def test_a_boundary_event_beside_hears_the_throw_and_a_later_wait_does_not(database: databases.Database, cast: Cast) -> None:
    content = (
        kit.start(),
        kit.node("parallelGateway", "fork"),
        kit.task("work"),
        kit.boundary("stopped", "work", SIGNAL),
        kit.end("gone"),
        kit.end("worked"),
        kit.task("first"),
        throw(),
        kit.node("intermediateCatchEvent", "later", inner=SIGNAL),
        kit.end(),
        kit.chain("started", "fork", "work", "worked"),
        kit.chain("fork", "first", "throw", "later", "done"),
        kit.chain("stopped", "gone"),
    )
    kit.deploy(database, cast.owner, kit.diagram("beside", *content, beside=BESIDE))
    key = kit.begin(database, cast.clerk, "beside")
    kit.complete(database, cast.owner, key, "first")
    run_worker(database)
    assert kit.open_elements(database, key) == []
    assert [row.element_id for row in kit.rows(database, models.Subscription)] == ["later"]


def calling(*, interrupting: bool) -> kit.Resource:
    content = (
        kit.start(),
        kit.node("parallelGateway", "fork"),
        kit.call("c", "thrower"),
        kit.call("d", "waits"),
        kit.boundary("heard", "c", SIGNAL, interrupting=interrupting),
        kit.task("noted"),
        kit.task("after"),
        kit.end(),
        kit.end("other"),
        kit.end("third"),
        kit.chain("started", "fork", "c", "after", "done"),
        kit.chain("fork", "d", "other"),
        kit.chain("heard", "noted", "third"),
    )
    return kit.diagram("top", *content, beside=BESIDE)


@pytest.mark.parametrize("interrupting", [True, False])
def test_the_whole_tree_of_cases_hears_a_throw_before_the_thrower_is_over(
    database: databases.Database, cast: Cast, interrupting: bool
) -> None:
    content = (kit.start(), kit.task("first"), throw(), kit.end(), kit.chain("started", "first", "throw", "done"))
    thrower = kit.diagram("thrower", *content, beside=BESIDE)
    kit.deploy(database, cast.owner, thrower, catching(), calling(interrupting=interrupting))
    top = kit.begin(database, cast.clerk, "top")
    kit.complete(database, cast.owner, key_of(database, "thrower"), "first")
    assert kit.open_elements(database, key_of(database, "waits")) == ["reached"]
    assert kit.open_elements(database, top) == (["noted"] if interrupting else ["after", "noted"])
    run_worker(database)
    assert kit.open_elements(database, top) == (["noted"] if interrupting else ["after", "noted"])
    kit.complete(database, cast.owner, key_of(database, "waits"), "reached")
    assert kit.instance(database, key_of(database, "waits")).state == "completed"


def test_elsewhere_it_reaches_who_waited_before_the_throw_and_waits_still(database: databases.Database, cast: Cast) -> None:
    content = (kit.start(), throw(), kit.end(), kit.chain("started", "throw", "done"))
    kit.deploy(database, cast.owner, kit.diagram("thrower", *content, beside=BESIDE), catching())
    before = kit.begin(database, cast.clerk, "waits")
    kit.begin(database, cast.clerk, "thrower")
    after = kit.begin(database, cast.clerk, "waits")
    run_worker(database)
    assert (kit.open_elements(database, before), kit.open_elements(database, after)) == (["reached"], [])


def test_a_thrown_signal_starts_processes(database: databases.Database, cast: Cast) -> None:
    content = (kit.start(), throw(), kit.end(), kit.chain("started", "throw", "done"))
    started = (kit.start(definition=SIGNAL), kit.task("work"), kit.end(), kit.chain("started", "work", "done"))
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("thrower", *content, beside=BESIDE),
        kit.diagram("by_signal", *started, beside=BESIDE),
    )
    kit.begin(database, cast.clerk, "thrower")
    run_worker(database)
    assert kit.open_elements(database, key_of(database, "by_signal")) == ["work"]
