"""Run as a process of its own: starts cases and completes their tasks until it kills itself, at the statement it is told."""

from __future__ import annotations

import itertools
import os
import signal
import sys

from sqlalchemy import event, select

from engine.background.worker import Worker
from engine.people import actors
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import process_instances
from tests.engine import kit

ANSWERS = {"a": {"answer": "y"}, "b": {}}
STEPS = ("before_cursor_execute", "after_cursor_execute", "commit")


def one_round(database: databases.Database, actor: actors.Actor) -> None:
    """Starts a case and completes one step of every open one."""
    with database.transaction("acme") as session:
        process_instances.start(session, actor, "two_steps", {"subject": "x"}, now=kit.NOW)
    with database.reading() as session:
        task = models.UserTask
        found = session.execute(
            select(task.key, task.element_id).where(task.state == "open").order_by(task.key.desc()).limit(3)
        ).all()
    for key, element in found:
        with database.transaction("acme") as session:
            user_tasks.complete(session, actor, key, ANSWERS[element], now=kit.NOW)
    Worker(database, lambda: kit.NOW).run_once()


def work_until_killed(url: str, steps: int) -> None:
    """Goes on for ever, but kills this process (kill -9) at that step: before or after a statement, or at a commit."""
    database = databases.open(url)
    with database.reading() as session:
        actor = actors.load(session, "acme", "clerk")
    assert actor is not None
    count = itertools.count(1)

    def step(*_given: object) -> None:
        if next(count) == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in STEPS:
        event.listen(database.engine, name, step)
    while True:
        one_round(database, actor)


def main(url: str) -> None:
    """Reads at which step to be killed, lets a forked process get there, and says how it ended; to the end of the input."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                work_until_killed(url, int(line))
            finally:
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
