"""A server that is killed (kill -9) between any two steps: nothing is lost, nothing is done twice."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.cases import history
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import completer, kit

ROOT = Path(__file__).parents[3]
KILLS = 8
STEPS = 50, 500  # a round of starting and completing takes about a hundred


@contextlib.contextmanager
def server(url: str) -> Iterator[Callable[[int], None]]:
    """Gives what lets a process work up to so many steps, where it is killed (kill -9) in the middle of what it does."""
    command = [sys.executable, "-m", "tests.engine.completer", url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        sent, told = process.stdin, process.stdout

        def work_until_killed(steps: int) -> None:
            print(steps, file=sent, flush=True)
            assert told.readline() == f"{-signal.SIGKILL}\n", "it stopped by itself"

        yield work_until_killed


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
    with server(url) as work_until_killed:
        for _ in range(KILLS):
            before = len(kit.rows(database, models.ProcessInstance))
            work_until_killed(chance.randint(*STEPS))
            assert check(database) >= before
    assert len(kit.rows(database, models.UserTask, state="completed")) > KILLS
    for task in kit.rows(database, models.UserTask, state="open"):
        key = task.instance_key
        while elements := kit.open_elements(database, key):
            kit.complete(database, cast.clerk, key, elements[0], completer.ANSWERS[elements[0]])
    assert {instance.state for instance in kit.rows(database, models.ProcessInstance)} == {"completed"}
