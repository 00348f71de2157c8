"""A person's copies of what he typed into tasks of a case that he cannot send any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.lines import chosen_records, filled
from engine.cases.personal import secret_titles
from engine.cases.rights import barring, holding
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance, UserTask, WorkItem
from engine.verbs.kept_forms import NO_COPY, OF_COPIES, OPINION

MOST = 200
BESIDE = "#"  # begins what is kept in a draft beside the form's data


@dataclass(frozen=True)
class Copy:
    """What was typed into one task, which `done_by` did instead, if anybody did."""

    task_key: int
    case_key: int
    task_name: str
    done_by: str
    done_at: datetime | None
    values: list[filled.Value]
    opinion: str


@dataclass(frozen=True)
class Lost:
    """A line of the list of copies whose author may not see the case any more.

    `title` and `number` of the case tell him which it was, as his list did when he typed; "" where a step of the case keeps
    him out: it may be about him.
    """

    key: int
    task_key: int
    task_name: str
    kept_at: datetime
    process_name: str
    title: str
    number: str


def of_case(session: Session, by: Actor, instance_key: int, *, now: datetime) -> list[Copy]:
    """The copies of one case, the newest first; one statement."""
    return _copies(session, by, _mine(by).where(WorkItem.instance_key == instance_key), now)


def of_task(session: Session, by: Actor, task_key: int, *, now: datetime) -> Copy:
    """The copy of what the person typed into one task, also where he may not see its case any more. Raises NotFound where there is none."""
    copies = _copies(session, by, _mine(by).where(WorkItem.user_task_key == task_key), now)
    if not copies:
        raise errors.NotFound(NO_COPY)
    return copies[0]


def lost(session: Session, by: Actor, *, now: datetime) -> list[Lost]:
    """The copies of tasks that went to somebody else with the right to their case, the newest first; one statement.

    Where the company saves records, those of them that are closed to the person are asked for too.
    """
    case, task = ProcessInstance, UserTask
    of_case = (case.key, case.process_name, case.title, case.number)
    told = (task.key.label("task_key"), task.name, task.definition_key, WorkItem.created_at, *of_case)
    statement = (
        select(*told, barring.is_kept_out(by.answerable, case.root_key).label("is_kept"))
        .join(WorkItem, WorkItem.user_task_key == task.key)
        .join(case, case.key == task.instance_key)
        .where(*are_lost(by))
    )
    rows = session.execute(statement.order_by(WorkItem.key.desc()).limit(MOST)).all()
    return secret_titles.covered(session, by, [_lost(telling.told(session, row)) for row in rows], now=now)


def _lost(row: Any) -> Lost:
    told = ("", "", "") if row.is_kept else (row.process_name, row.title, row.number)
    return Lost(row.key, row.task_key, row.name, row.created_at, *told)


def are_lost(by: Actor) -> tuple[ColumnElement[bool], ...]:
    """The conditions for these; the beginning of an index."""
    item = WorkItem
    mine = (item.company_id == by.company_id, item.username == by.username, item.state == holding.LOST)
    return (*mine, item.draft.is_not(None))


def kept_in(session: Session, by: Actor, task_key: int) -> str:
    """The state in which a copy of what the person typed into a task is kept, "" where there is none; one statement."""
    kept = _mine(by).where(WorkItem.user_task_key == task_key).with_only_columns(WorkItem.state)
    return session.execute(kept).scalars().first() or ""


def _mine(by: Actor) -> Select[Any]:
    mine = (WorkItem.username == by.username, WorkItem.state.in_(OF_COPIES), WorkItem.draft.is_not(None))
    statement = select(UserTask, WorkItem.draft).join(WorkItem, WorkItem.user_task_key == UserTask.key)
    return statement.where(UserTask.company_id == by.company_id, *mine).order_by(UserTask.key.desc())


def _copies(session: Session, by: Actor, statement: Select[Any], now: datetime) -> list[Copy]:
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return [_copy(session, by, company, row[0], row[1] or {}, now) for row in session.execute(statement)]


def _copy(
    session: Session, by: Actor, company: organisation.Organisation, task: UserTask, draft: dict[str, Any], now: datetime
) -> Copy:
    definition = definitions.by_key(session, task.definition_key)
    form = definition.form_of(task.element_id)
    typed = {name: value for name, value in draft.items() if not name.startswith(BESIDE)}
    values = chosen_records.told(session, by, filled.of_form(form.schema if form else None, company, typed), now=now)
    done_by = company.name_of(task.completed_by)
    return Copy(
        task.key,
        task.instance_key,
        definition.said(task.name),
        done_by,
        task.completed_at,
        values,
        str(draft.get(OPINION) or ""),
    )
