"""Many at once: two on one task, many starts, many tasks of one case, workers side by side."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.cases import history
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import messages
from tests.cast import Cast
from tests.engine import kit


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Does all at the same moment in threads; gives results, or the refusals and errors they met."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def completing(database: databases.Database, by: Actor, task: int, submission: dict[str, str]) -> Callable[[], object]:
    def act() -> object:
        with database.transaction("acme") as session:
            return user_tasks.complete(session, by, task, submission, now=kit.NOW)

    return act


def test_a_task_is_completed_once_however_many_try(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    for _ in range(5):
        key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
        task = kit.open_task(database, key, "a")
        results = at_once(*(completing(database, by, task, {"answer": by.username}) for by in (cast.clerk, cast.clerk2) * 2))
        assert Counter(type(result) for result in results) == {user_tasks.Completed: 1, errors.Overtaken: 2, errors.Conflict: 1}
        assert kit.open_elements(database, key) == ["b"]
        done = [event for event in kit.rows(database, models.HistoryEvent, instance_key=key) if event.kind == "completed"]
        assert len(done) == 1
        assert len(kit.rows(database, models.UserTask, instance_key=key, element_id="b")) == 1


def test_a_task_is_claimed_once(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    task = kit.open_task(database, key, "a")

    def claiming(by: Actor) -> Callable[[], object]:
        def act() -> object:
            with database.transaction("acme") as session:
                user_tasks.claim(session, by, task, now=kit.NOW)
            return by.username

        return act

    results = at_once(claiming(cast.clerk), claiming(cast.clerk2))
    [winner] = [result for result in results if isinstance(result, str)]
    [item] = kit.rows(database, models.WorkItem, user_task_key=task)
    assert item.username == winner


def test_numbers_are_never_given_out_twice(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    started = at_once(*(lambda: kit.begin(database, cast.clerk, "two_steps", {"subject": "x"}) for _ in range(20)))
    assert [result for result in started if not isinstance(result, int)] == []
    numbers = sorted(instance.number for instance in kit.rows(database, models.ProcessInstance))
    assert numbers == [f"20260302-{n:04}" for n in range(1, 21)]


def test_parallel_branches_lose_nothing_of_each_other(database: databases.Database, cast: Cast) -> None:
    names = [f"t{n}" for n in range(6)]
    tasks = [kit.task(name, groups="客服专员", form=f"form_{name}") for name in names]
    flows = [kit.flow("split", name) + kit.flow(name, "join") for name in names]
    kit.deploy(
        database,
        cast.owner,
        *(kit.form(f"form_{name}", kit.text_field(name)) for name in names),
        kit.diagram(
            "broad",
            kit.start(),
            kit.node("parallelGateway", "split"),
            *tasks,
            kit.node("parallelGateway", "join"),
            kit.task("last"),
            kit.end(),
            *flows,
            kit.chain("started", "split"),
            kit.chain("join", "last", "done"),
        ),
    )
    key = kit.begin(database, cast.clerk, "broad")
    keys = {name: kit.open_task(database, key, name) for name in names}
    results = at_once(*(completing(database, cast.clerk, keys[name], {name: name}) for name in names))
    assert all(isinstance(result, user_tasks.Completed) for result in results)
    assert kit.open_elements(database, key) == ["last"]
    with database.reading() as session:
        known = user_tasks.cases.variables(session, session.get_one(models.ProcessInstance, key), now=kit.NOW)
        assert history.verify(session, key) == []
    assert {name: known[name] for name in names} == {name: name for name in names}


def test_line_12_a_timer_and_a_person_at_the_same_moment_leave_one_way(database: databases.Database, cast: Cast) -> None:
    content = (
        kit.start(),
        kit.task("work", groups="客服专员"),
        kit.boundary("late", "work", kit.timer("timeDuration", "PT1H")),
        kit.end(),
        kit.end("given_up"),
        kit.chain("started", "work", "done"),
        kit.chain("late", "given_up"),
    )
    kit.deploy(database, cast.owner, kit.diagram("race", *content))
    worker = Worker(database, lambda: kit.NOW + timedelta(hours=2))
    for _ in range(5):
        key = kit.begin(database, cast.clerk, "race")
        at_once(completing(database, cast.clerk, kit.open_task(database, key, "work"), {}), worker.run_once)
        worker.run_once()
        ended = kit.instance(database, key)
        assert ended.state == "completed" and ended.end_event in ("done", "given_up")
        with database.reading() as session:
            assert history.verify(session, key) == []
    assert kit.rows(database, models.Incident) == []


def test_workers_side_by_side_do_each_thing_once(database: databases.Database, cast: Cast) -> None:
    wait = kit.node("intermediateCatchEvent", "wait", inner=kit.timer("timeDuration", "PT1H"))
    throw = kit.node("intermediateThrowEvent", "tell", inner='<bpmn:messageEventDefinition messageRef="told"/>')
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "many",
            kit.start(),
            wait,
            throw,
            kit.end(),
            kit.chain("started", "wait", "tell", "done"),
            beside=kit.message("told", "told", '="k"'),
        ),
    )
    keys = [kit.begin(database, cast.clerk, "many") for _ in range(10)]
    workers = [Worker(database, lambda: kit.NOW + timedelta(hours=2), f"w{n}") for n in range(4)]
    for _ in range(3):
        results = at_once(*(worker.run_once for worker in workers))
        assert [
            result for result in results if isinstance(result, Exception) and not isinstance(result, errors.Unavailable)
        ] == []
    assert {kit.instance(database, key).state for key in keys} == {"completed"}
    fired = [event for event in kit.rows(database, models.HistoryEvent) if event.kind == "timer_fired"]
    assert len(fired) == 10
    assert len(kit.rows(database, models.Message)) == 10  # each was published once


def test_messages_of_one_key_at_the_same_moment_start_one_case_and_a_kept_one_reaches_one_case(
    database: databases.Database, cast: Cast
) -> None:
    paid = '<bpmn:messageEventDefinition messageRef="paid"/>'
    beside, flows = kit.message("paid", "paid", "=order"), kit.chain("started", "wait", "ship", "done")
    steps = (kit.node("intermediateCatchEvent", "wait", inner=paid), kit.task("ship"), kit.end(), flows)
    kit.deploy(database, cast.owner, kit.diagram("waiting", kit.start(), *steps, beside=beside))
    begun = (kit.start(definition=paid), kit.task("ship"), kit.end(), kit.chain("started", "ship", "done"))
    kit.deploy(database, cast.owner, kit.diagram("begun", *begun, beside=kit.message("paid", "paid")))

    def publish() -> int:
        with database.transaction("acme") as session:
            live = timedelta(hours=1)
            return len(messages.publish(session, cast.owner, "paid", "K", {}, now=kit.NOW, time_to_live=live).instance_keys)

    assert sorted(at_once(*[publish] * 5)) == [0, 0, 0, 0, 1]  # type: ignore[type-var]
    assert len(kit.rows(database, models.ProcessInstance)) == 1
    keys = at_once(*[lambda: kit.begin(database, cast.owner, "waiting", {"order": "K"})] * 6)
    for _ in range(6):
        Worker(database, lambda: kit.NOW).run_once()
    shipped = [key for key in keys if kit.open_elements(database, key) == ["ship"]]  # type: ignore[arg-type]
    assert len(shipped) == 4  # of the five messages one began a case, the others reach one case each


@pytest.mark.parametrize("count", [8])
def test_deploying_at_the_same_moment_gives_one_version(database: databases.Database, cast: Cast, count: int) -> None:
    results = at_once(*(lambda: kit.deploy(database, cast.owner, *kit.two_steps()) for _ in range(count)))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert [row.version for row in kit.rows(database, models.ProcessDefinition)] == [1]
