"""One act on many cases: rehearsed without a trace, done once each, paused, stopped, and told case by case."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import operated
from engine.verbs.operating import bulk, choosing
from engine.verbs.operating.choosing import Chosen
from engine.verbs.running import ending
from tests import patience
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.operating import stuck


def order(database: databases.Database, by: Actor, name: str = "retry", chosen: Chosen | None = None, **given: str) -> int:
    with database.transaction("acme") as session:
        row = bulk.order(session, by, name, chosen or Chosen(process="opening"), given, "端口已修好", now=kit.NOW)
        return row.key


def turn(database: databases.Database, by: Actor, key: int, verb: Any) -> None:
    with database.transaction("acme") as session:
        verb(session, by, key, now=kit.NOW)


def operation(database: databases.Database, key: int) -> models.Operation:
    (row,) = kit.rows(database, models.Operation, key=key)
    return row


def states(database: databases.Database, key: int, column: str = "result") -> Counter[str]:
    rows = kit.rows(database, models.OperationCase, operation_key=key)
    return Counter(getattr(row, column) for row in rows)


def events(database: databases.Database, kind: str) -> Counter[int]:
    return Counter(row.instance_key for row in kit.rows(database, models.HistoryEvent, kind=kind))


def test_a_rehearsal_tells_what_would_happen_and_leaves_no_trace(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    cases = stuck.begin(database, cast, 3)
    before = [kit.instance(database, key).history_digest for key in cases]
    key = order(database, cast.owner, "skip", place="open")
    stuck.run(database)
    row = operation(database, key)
    assert (row.phase, row.state, row.succeeded, row.failed) == ("rehearsal", "done", 3, 0)
    assert [each.foretold for each in kit.rows(database, models.OperationCase)] == [{"at": ["check"]}] * 3
    assert [kit.instance(database, each).history_digest for each in cases] == before
    assert {each.incidents for each in kit.rows(database, models.ProcessInstance)} == {1}


def test_sixty_cases_are_tried_again_each_once_and_told_what_became_of_each(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    cases = stuck.begin(database, cast, 60)
    key = order(database, cast.owner)
    stuck.run(database)
    with database.transaction("acme") as session:
        ending.terminate(session, cast.owner, cases[7], "客户撤单", now=kit.NOW)
    turn(database, cast.owner, key, bulk.carry_out)
    stuck.run(database)
    assert states(database, key, "foreseen") == {"done": 60}
    assert states(database, key) == {"done": 59, "conflict": 1}
    told = next(row.told for row in kit.rows(database, models.OperationCase, result="conflict"))
    assert told["text"] == "The case %(number)s is over already." and told["values"]["number"]
    assert set(events(database, "incident_resolved").values()) == {1}
    row = operation(database, key)
    assert (row.state, row.total, row.succeeded, row.failed) == ("done", 60, 59, 1)
    assert {job.state for job in kit.rows(database, models.Job, type=stuck.TYPE)} == {"open", "cancelled"}


def test_it_rests_and_goes_on_and_stops_between_two_cases(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 6)
    key = order(database, cast.owner)
    stuck.run(database)
    turn(database, cast.owner, key, bulk.carry_out)
    turn(database, cast.owner, key, bulk.pause)
    stuck.run(database)
    assert states(database, key) == {None: 6}
    turn(database, cast.owner, key, bulk.go_on)
    with database.transaction() as session:
        bulk.step(session, {"operation": key}, now=kit.NOW)
    turn(database, cast.owner, key, bulk.stop)
    stuck.run(database)
    assert states(database, key) == {"done": 1, None: 5}
    with pytest.raises(errors.Conflict):
        turn(database, cast.owner, key, bulk.go_on)


def test_between_two_cases_the_worker_leaves_people_as_much_time_as_it_took(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 3)
    key, time = order(database, cast.owner), itertools.count()
    slow = Worker(database, lambda: kit.NOW + timedelta(seconds=next(time)), "slow")  # a second passes whenever it looks
    while not operation(database, key).succeeded:
        slow.run_once()
    (following,) = kit.rows(database, models.Job, type=bulk.STEP)
    ended = kit.NOW + timedelta(seconds=next(time) - 1)
    assert following.run_at == ended + timedelta(seconds=1)
    early = Worker(database, lambda: following.run_at - timedelta(milliseconds=1), "another")
    assert not early.run_once() and operation(database, key).succeeded == 1
    assert Worker(database, lambda: following.run_at, "another").run_once() and operation(database, key).succeeded == 2


def test_only_who_ordered_it_carries_it_out_and_strangers_do_not_know_of_it(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 1)
    with pytest.raises(errors.Forbidden):
        order(database, cast.clerk)
    key = order(database, cast.owner)
    with pytest.raises(errors.Conflict, match="wait until the rehearsal"):
        turn(database, cast.owner, key, bulk.carry_out)
    for verb in (bulk.pause, bulk.carry_out, bulk.stop):
        with pytest.raises(errors.NotFound):
            turn(database, cast.clerk, key, verb)


def test_what_is_asked_wrongly_is_refused_by_name(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    (case,) = stuck.begin(database, cast, 1)
    number = kit.instance(database, case).number
    for chosen, field in (
        (Chosen(), "process"),
        (Chosen(state="active"), "process"),
        (Chosen(process="openings"), "process"),
        (Chosen(process="opening", element="opne"), "element"),
        (Chosen(state="stuck"), "state"),
        (Chosen(numbers=(number, "没有的单号")), "numbers"),
    ):
        with pytest.raises(errors.Invalid) as refused:
            order(database, cast.owner, chosen=chosen)
        assert list(refused.value.fields) == [field]
    with pytest.raises(errors.Invalid, match="Did you mean") as refused:
        order(database, cast.owner, "retyr")
    assert refused.value.values["nearest"] == "retry"
    with pytest.raises(errors.Invalid):
        order(database, cast.owner, "move", place="open")
    assert kit.rows(database, models.Operation) == []


def test_numbers_are_taken_as_people_paste_them() -> None:
    assert choosing.numbers_in(" A-1,A-2;A-3、A-1\nA-4 ") == ("A-1", "A-2", "A-3", "A-4")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "chosen", [Chosen(state="incident"), Chosen(process="opening", element="open"), Chosen(process="opening", version="1")]
)
def test_cases_are_found_by_state_step_and_version(database: databases.Database, cast: Cast, chosen: Chosen) -> None:
    stuck.deploy(database, cast)
    cases = stuck.begin(database, cast, 2)
    with database.reading("acme") as session:
        found = choosing.cases(session, cast.owner, chosen, now=kit.NOW)
    assert [key for key, _number in found] == cases


KILLED = """
import faulthandler, os, signal, sys
from datetime import timedelta
from engine.background.worker import Worker
from engine.storage import database as databases
from engine.verbs.operating import acts
from tests.engine import kit

faulthandler.dump_traceback_later(float(sys.argv[2]), exit=True)  # a hang is told by where it is
database = databases.open(sys.argv[1])
worker, done, act = Worker(database, lambda: kit.NOW + timedelta(minutes=1), "killed"), [], acts._acts["retry"]

def perform(*given):
    act.perform(*given)
    done.append(1)
    if len(done) == 5:
        os.kill(os.getpid(), signal.SIGKILL)

acts._acts["retry"] = acts.Act("retry", perform, optional=("cause",))
while worker.run_once():  # its clock stands still: what is put off would never be due, and it would go round for ever
    pass
sys.exit(f"nothing is due after {len(done)} cases")
"""


def test_a_worker_killed_in_the_middle_of_a_case_does_nothing_twice_and_leaves_nothing_out(
    database: databases.Database, cast: Cast
) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 12)
    key = order(database, cast.owner)
    stuck.run(database)
    turn(database, cast.owner, key, bulk.carry_out)
    url = database.engine.url.render_as_string(hide_password=False)
    database.close()
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, url, str(patience.SECONDS / 2)],
        cwd=Path(__file__).parents[4],
        env=dict(os.environ),
        timeout=patience.SECONDS,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert states(database, key) == {"done": 4, None: 8}, "the fifth was under way and is undone"
    stuck.run(database, name="killed")
    assert states(database, key) == {"done": 12}
    assert list(events(database, "incident_resolved").values()) == [1] * 12


def test_a_step_that_no_process_has_is_refused_before_anything_is_rehearsed(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 2)
    with pytest.raises(errors.Invalid) as refused:
        order(database, cast.owner, "move", place="open", target="chek")
    assert list(refused.value.fields) == ["target"] and refused.value.values["nearest"] == "check"
    assert kit.rows(database, models.Operation) == []


def lent(database: databases.Database, cast: Cast, count: int) -> list[int]:
    """So many cases of the clerk, each with a task of his colleague."""
    steps = (kit.start(), kit.task("lend", users="clerk2"), kit.end(), kit.chain("started", "lend", "done"))
    kit.deploy(database, cast.owner, kit.diagram("lending", *steps))
    return [kit.begin(database, cast.clerk, "lending") for _ in range(count)]


def test_who_has_many_of_the_cases_is_told_once_of_all(database: databases.Database, cast: Cast) -> None:
    cases = lent(database, cast, 12)
    key = order(database, cast.owner, operated.SUSPEND, Chosen(process="lending"))
    stuck.run(database)
    assert kit.notices(database) == [], "a rehearsal is told to nobody"
    turn(database, cast.owner, key, bulk.carry_out)
    stuck.run(database)
    told = kit.notices(database, username="clerk")
    assert len(told) == 1 and "等12项" in told[0].subject and "挂起" in told[0].subject
    assert [each.subject for each in kit.notices(database, username="clerk2")] == [told[0].subject], "who has the tasks too"
    numbers = [kit.instance(database, case).number for case in cases]
    assert [number in told[0].body for number in numbers] == [True] * 10 + [False] * 2
    assert "另有2项" in told[0].body and told[0].instance_key == cases[0]
    assert "owner" not in {each.username for each in kit.notices(database)}, "who did it knows"
    assert {each.tells for each in kit.rows(database, models.OperationCase)} == {None}


def test_a_stopped_act_tells_of_what_it_did_and_a_failed_case_of_nothing(database: databases.Database, cast: Cast) -> None:
    first, second = lent(database, cast, 2)
    key = order(database, cast.owner, operated.TERMINATE, Chosen(process="lending"))
    stuck.run(database)
    with database.transaction("acme") as session:
        ending.terminate(session, cast.owner, first, "先行了结", now=kit.NOW)
    before = {each.key for each in kit.notices(database)}
    turn(database, cast.owner, key, bulk.carry_out)
    stuck.run(database)
    told = [each for each in kit.notices(database, username="clerk") if each.key not in before]
    assert len(told) == 1 and kit.instance(database, second).number in told[0].subject
    assert kit.instance(database, first).number not in told[0].subject + told[0].body


def test_nothing_is_done_for_good_where_no_case_could_be(database: databases.Database, cast: Cast) -> None:
    (case,) = lent(database, cast, 1)
    key = order(database, cast.owner, operated.RESUME, Chosen(process="lending"))
    stuck.run(database)
    assert states(database, key, "foreseen") == {"conflict": 1}
    with pytest.raises(errors.Conflict, match="nothing to do for good"):
        turn(database, cast.owner, key, bulk.carry_out)
    assert kit.instance(database, case).suspended is None
