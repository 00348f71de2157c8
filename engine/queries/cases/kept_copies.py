"""A person's copies of what he typed into tasks of a case that he cannot send any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.cases.lines import chosen_records, filled
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import UserTask, WorkItem
from engine.verbs.kept_forms import OPINION

BESIDE = "#"  # begins what is kept in a draft beside the form's data


@dataclass(frozen=True)
class Copy:
    """What was typed into one task, which `done_by` did instead, if anybody did."""

    task_key: int
    task_name: str
    done_by: str
    done_at: datetime | None
    values: list[filled.Value]
    opinion: str


def of_case(session: Session, by: Actor, instance_key: int, *, now: datetime) -> list[Copy]:
    """The copies of one case, the newest first; one statement."""
    statement = (
        select(UserTask, WorkItem.draft)
        .join(WorkItem, WorkItem.user_task_key == UserTask.key)
        .where(WorkItem.instance_key == instance_key, WorkItem.username == by.username, WorkItem.state == "closed")
        .where(WorkItem.draft.is_not(None))
        .order_by(UserTask.key.desc())
    )
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return [_copy(session, by, company, row[0], row[1] or {}, now) for row in session.execute(statement)]


def has(session: Session, by: Actor, task_key: int) -> bool:
    """Whether there is a copy of what the person typed into a task; one statement."""
    mine = (WorkItem.user_task_key == task_key, WorkItem.username == by.username, WorkItem.state == "closed")
    return bool(session.execute(select(exists().where(*mine, WorkItem.draft.is_not(None)))).scalar())


def of_typed(session: Session, by: Actor, task_key: int, typed: dict[str, Any], *, now: datetime) -> Copy:
    """What somebody has just typed into a task, which is kept nowhere: for the page alone that answers him."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return _copy(session, by, company, session.get_one(UserTask, task_key), typed, now)


def _copy(
    session: Session, by: Actor, company: organisation.Organisation, task: UserTask, draft: dict[str, Any], now: datetime
) -> Copy:
    definition = definitions.by_key(session, task.definition_key)
    form = definition.form_of(task.element_id)
    typed = {name: value for name, value in draft.items() if not name.startswith(BESIDE)}
    values = chosen_records.told(session, by, filled.of_form(form.schema if form else None, company, typed), now=now)
    done_by = company.name_of(task.completed_by)
    return Copy(task.key, definition.said(task.name), done_by, task.completed_at, values, str(draft.get(OPINION) or ""))
