"""Run as a process of its own: starts cases and completes their tasks without end, until it is killed."""

from __future__ import annotations

import sys

from sqlalchemy import select

from engine.background.worker import Worker
from engine.people import actors
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import process_instances, user_tasks
from tests.engine import kit

ANSWERS = {"a": {"answer": "y"}, "b": {}}


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


def main(url: str) -> None:
    """Goes on for ever; says after each round that it is done."""
    database = databases.open(url)
    with database.reading() as session:
        actor = actors.load(session, "acme", "clerk")
    assert actor is not None
    while True:
        one_round(database, actor)
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
