"""A small process whose cases stop at a service task, for tests of what operators do."""

from __future__ import annotations

from datetime import timedelta

from engine import errors
from engine.background.worker import Worker
from engine.deadlines import suspending
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import service_jobs
from tests.cast import Cast
from tests.engine import kit

__all__ = ["begin", "deploy", "run", "suspending"]
TYPE = "opening.open"


def deploy(database: databases.Database, cast: Cast) -> None:
    """start(customer) → open (a worker's job) → check (clerks) → end."""
    kit.deploy(
        database,
        cast.owner,
        kit.form("opening", kit.text_field("customer"), {"type": "number", "key": "amount", "label": "amount"}),
        kit.diagram(
            "opening",
            kit.start(form="opening"),
            kit.service("open", TYPE, retries="1"),
            kit.task("check", groups="客服专员"),
            kit.end(),
            kit.chain("started", "open", "check", "done"),
        ),
    )


def begin(database: databases.Database, cast: Cast, count: int, *, message: str = "port %d is closed") -> list[int]:
    """So many cases, each stopped because the worker failed; their keys."""
    cases = [kit.begin(database, cast.owner, "opening", {"customer": f"客户{each}"}) for each in range(count)]
    for number, key in enumerate(cases):
        with database.transaction("acme") as session:
            (job,) = session.query(models.Job).filter_by(instance_key=key, state="open").all()
            said = message % number if "%" in message else message
            service_jobs.note_failure(
                session,
                job,
                session.get_one(models.ProcessInstance, key, with_for_update=True),
                errors.Refusal("%(detail)s", detail=said),
                retries=0,
                run_at=kit.NOW,
                now=kit.NOW,
            )
    return cases


def run(database: databases.Database, rounds: int = 1000, name: str = "worker") -> int:
    """Lets a worker go on until nothing is left; the number of rounds that it made."""
    worker = Worker(database, lambda: kit.NOW + timedelta(minutes=1), name)
    for each in range(rounds):
        if not worker.run_once():
            return each
    raise AssertionError("the worker does not come to an end")
