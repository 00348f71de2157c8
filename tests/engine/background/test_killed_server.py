"""A server that is killed (kill -9) between any two steps: nothing is lost, nothing is done twice."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.cases import history
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import completer, kit

ROOT = Path(__file__).parents[3]
KILLS = 5


def work_until_killed(url: str, rounds: int, seconds: float) -> None:
    """Lets a process work for some rounds and that much longer, and kills it in the middle of whatever it does."""
    command = [sys.executable, "-m", "tests.engine.completer", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(rounds)] == ["done\n"] * rounds
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        assert process.poll() is None, "it stopped by itself"
        process.kill()


def check(database: databases.Database) -> int:
    """Every task is open or completed once, every chain holds, every case stands where its tasks say; gives the cases."""
    events = kit.rows(database, models.HistoryEvent, kind="completed")
    completed = Counter(event.data["task"] for event in events)
    items = {item.user_task_key: item.state for item in kit.rows(database, models.WorkItem)}
    tasks = kit.rows(database, models.UserTask)
    for task in tasks:
        assert (completed[task.key], items[task.key]) == ((1, "done") if task.state == "completed" else (0, "open"))
    waiting = {task.instance_key for task in tasks if task.state == "open"}
    instances = kit.rows(database, models.ProcessInstance)
    with database.reading() as session:
        for instance in instances:
            assert history.verify(session, instance.key) == []
            assert (instance.key in waiting) == (instance.state == "active")
    assert len({instance.number for instance in instances}) == len(instances)
    return len(instances)


@pytest.mark.slow
def test_a_killed_server_loses_nothing_and_does_nothing_twice(database: databases.Database, cast: Cast) -> None:
    b = kit.task("b", groups="客服专员")
    request, answer, _ = kit.two_steps()
    kit.deploy(
        database,
        cast.owner,
        request,
        answer,
        kit.diagram(
            "two_steps",
            kit.start(form="request"),
            kit.task("a", groups="客服专员", form="answer"),
            b,
            kit.end(),
            kit.chain("started", "a", "b", "done"),
        ),
    )
    url = database.engine.url.render_as_string(hide_password=False)
    chance = random.Random(20260302)
    for _ in range(KILLS):
        before = len(kit.rows(database, models.ProcessInstance))
        work_until_killed(url, chance.randint(1, 4), chance.uniform(0, 0.1))
        assert check(database) >= before
    assert len(kit.rows(database, models.UserTask, state="completed")) > KILLS
    for task in kit.rows(database, models.UserTask, state="open"):
        key = task.instance_key
        while elements := kit.open_elements(database, key):
            kit.complete(database, cast.clerk, key, elements[0], completer.ANSWERS[elements[0]])
    assert {instance.state for instance in kit.rows(database, models.ProcessInstance)} == {"completed"}
