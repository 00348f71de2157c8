"""A limit of the company that no step can have stops the step; once it is mended, trying again cures it wholly."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from engine.people import actors, organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.operating import stopped
from tests.cast import COMPANY, Cast
from tests.engine import kit

DAYS = '=string(setting("days")) + "wd"'


def give(database: databases.Database, days: Any) -> None:
    """The company's value as a file may have held it."""
    with database.transaction() as session:
        session.execute(update(models.Company).where(models.Company.id == COMPANY).values(settings={"days": days}))
        organisation.changed(session, COMPANY)


def begun(database: databases.Database, cast: Cast) -> int:
    """A case at a step whose limit and escalation both come from a value that is no number of days."""
    give(database, 3)
    ask = kit.task("ask", groups="客服专员", due=DAYS, warn="1wd")
    late = kit.boundary("late", "ask", kit.timer("timeDuration", DAYS), interrupting=False)
    flows = (kit.chain("started", "ask", "done"), kit.flow("late", "told"))
    kit.deploy(database, cast.owner, kit.diagram("slow", kit.start(), ask, late, kit.end(), kit.end("told"), *flows))
    give(database, 99999)
    return kit.begin(database, by(database), "slow")


def by(database: databases.Database) -> actors.Actor:
    with database.reading(COMPANY) as session:
        owner = actors.load(session, COMPANY, "owner")
    assert owner is not None
    return owner


def retry(database: databases.Database, key: int) -> None:
    with database.transaction(COMPANY) as session:
        stopped.retry(session, by(database), key, "改了单位参数", now=kit.NOW)


def stopped_at(database: databases.Database, key: int) -> set[str | None]:
    return {each.element_id for each in kit.rows(database, models.Incident, instance_key=key) if each.state == "open"}


def test_once_the_value_is_mended_the_step_has_its_limit_its_reminders_and_its_timer(
    database: databases.Database, cast: Cast
) -> None:
    key = begun(database, cast)
    assert stopped_at(database, key) == {"ask", "late"}
    give(database, 3)
    retry(database, key)
    assert stopped_at(database, key) == set() and kit.instance(database, key).incidents == 0
    [task] = kit.rows(database, models.UserTask, instance_key=key)
    assert task.due_at.date().isoformat() == "2026-03-05" and task.warn_at.date().isoformat() == "2026-03-04"
    [part] = kit.rows(database, models.WorkItem, user_task_key=task.key)
    assert (part.sort_due, part.warn_at) == (task.due_at, task.warn_at)
    [timer] = kit.rows(database, models.Timer, instance_key=key)
    assert timer.expression == "3wd" and timer.due_at == task.due_at
    with database.reading(COMPANY) as session:
        told = session.execute(select(models.Job.type, models.Job.run_at).where(models.Job.company_id == COMPANY)).all()
    assert sorted((each.type, each.run_at) for each in told if each.type.startswith("user_tasks.")) == [
        ("user_tasks.overdue", task.due_at),
        ("user_tasks.warn", task.warn_at),
    ]


def test_what_still_cannot_be_worked_out_is_told_again(database: databases.Database, cast: Cast) -> None:
    key = begun(database, cast)
    give(database, 88888)
    retry(database, key)
    assert stopped_at(database, key) == {"ask", "late"} and kit.instance(database, key).incidents == 2
    told = [str(each.values) for each in kit.rows(database, models.Incident, instance_key=key) if each.state == "open"]
    assert all("88888" in each for each in told), "by the value of now, not by that of then"
    give(database, 3)
    retry(database, key)
    assert kit.instance(database, key).incidents == 0
