"""Other cases of a process by a column of its register, or by their number: how often one was there before, what runs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, func, select, type_coerce
from sqlalchemy.orm import Session

from engine import errors, feel
from engine.basics.letters import spellings
from engine.basics.nearest import nearest
from engine.cases.lines import cells
from engine.cases.rights import access
from engine.cases.rights.acted import VOTING
from engine.definitions import definitions
from engine.people.actors import Actor
from engine.records import readings
from engine.storage import database
from engine.storage.models import ProcessInstance, UserTask, WorkItem

NUMBER = "单号"  # beside the columns of every register: the number of the case itself
NO_PROCESS = "There is no process “%(process)s” whose earlier cases could be counted."
NO_COLUMN = "The register of “%(process)s” has no column “%(name)s”."
NEAR_COLUMN = "The register of “%(process)s” has no column “%(name)s”. Did you mean “%(similar)s”?"


def count(
    session: Session, company_id: str, process_id: str, label: str, value: str, *, since: datetime, but: int | None = None
) -> int:
    """Cases of the process, started since then, whose register says `value` in the column labelled so; none for an empty value.

    Beside the columns there is `NUMBER`, that of the case itself.

    Case `but` is not counted, nor is one that was cancelled: it was entered by mistake. One that the customer withdrew is.
    Raises FeelEvaluationError for a process or a column that there is not.
    """
    conditions = _conditions(session, company_id, process_id, label, value, since, but)
    if not value:
        return 0
    return session.execute(select(func.count()).select_from(ProcessInstance).where(*conditions)).scalar_one()


def handler(
    session: Session,
    company_id: str,
    process_id: str,
    label: str,
    value: str,
    element_id: str,
    *,
    since: datetime,
    but: int | None = None,
) -> str | None:
    """Who did a step in the newest of the cases that `count` counts and that have come so far; None where there is none."""
    conditions = _conditions(session, company_id, process_id, label, value, since, but)
    task, item = UserTask, WorkItem
    statement = (
        select(item.username)
        .join(task, task.key == item.user_task_key)
        .join(ProcessInstance, ProcessInstance.key == task.instance_key)
        .where(*conditions, task.element_id == element_id, task.state == "completed")
        .where(item.state == "done", item.position.in_(VOTING))
        .order_by(ProcessInstance.started_at.desc(), task.completed_at.desc(), item.done_at.desc())
        .limit(1)
    )
    return session.execute(statement).scalar() if value else None


def running(
    session: Session, by: Actor, process_id: str, label: str, value: str, wanted: str, *, but: int | None = None
) -> str | None:
    """What the column `wanted` says of the newest running case whose register says `value` in the column labelled so.

    None where no such case runs but case `but`, or none that the person may see: nobody learns of a case by guessing.
    Where something is written by the answer, whoever asks the same meanwhile waits: of two who begin a case only where none
    runs, the second is told of the first.
    Raises FeelEvaluationError for a process or a column that there is not.
    """
    if value and readings.can_note(session):
        database.hold(session, json.dumps([by.company_id, process_id, label, value]))
    row, asked = ProcessInstance, _asked(session, by.company_id, process_id, label)
    told = _asked(session, by.company_id, process_id, wanted)
    mine = (
        row.company_id == by.company_id,
        row.process_id == process_id,
        row.state == "active",
        row.key != (but or 0),
        _says(asked, label, value),
    )
    statement = select(told).where(*mine, access.cases_seen(session, by)).order_by(row.started_at.desc(), row.key.desc())
    return session.execute(statement.limit(1)).scalar() if value else None


def _conditions(
    session: Session, company_id: str, process_id: str, label: str, value: str, since: datetime, but: int | None
) -> tuple[ColumnElement[bool], ...]:
    row, asked = ProcessInstance, _asked(session, company_id, process_id, label)
    mine = (row.company_id == company_id, row.process_id == process_id, row.state != "cancelled")
    return (*mine, row.started_at >= since, row.key != (but or 0), _says(asked, label, value))


def since(now: datetime, days: int) -> datetime:
    """The moment that lies so many days back."""
    return now - timedelta(days=max(days, 0))


def _says(asked: ColumnElement[str], label: str, value: str) -> ColumnElement[bool]:
    return asked.in_(spellings.of_number(value)) if label == NUMBER else asked == value


def _asked(session: Session, company_id: str, process_id: str, label: str) -> ColumnElement[str]:
    try:
        columns = definitions.latest(session, company_id, process_id).settings.register
    except errors.NotFound as missing:
        raise feel.FeelEvaluationError(NO_PROCESS, process=process_id) from missing
    by_name = {each.name: each for each in columns}
    if label == NUMBER and label not in by_name:
        return type_coerce(ProcessInstance.number, String)
    if label not in by_name:
        similar = nearest(label, by_name)
        text = NO_COLUMN if similar is None else NEAR_COLUMN
        raise feel.FeelEvaluationError(text, process=process_id, name=label, similar=similar)
    return cells.cell(by_name[label])
