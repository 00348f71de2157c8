"""The ended tasks and cases of a day, each as what is counted of it (the columns of `InsightDay`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.background.insight import causes
from engine.background.insight.paths import Walked
from engine.calendar import scale
from engine.calendar.elapsed import Elapsed
from engine.definitions.working_time import Clocks
from engine.execution import comebacks
from engine.people.organisation import Organisation
from engine.storage.models import ProcessInstance, UserTask

Span = tuple[datetime, datetime]
NO_LIMIT, IN_TIME, LATE = 0, 1, 2


@dataclass(frozen=True)
class DoneTask:
    """A task, its case, and what is counted of it."""

    key: int
    instance_key: int
    fact: dict[str, Any]


@dataclass(frozen=True)
class EndedCase:
    """A case, with what is counted of it but for its path."""

    key: int
    process_id: str
    facts: dict[str, Any]

    def fact(self, walked: Mapping[int, Walked]) -> dict[str, Any]:
        """What is counted, its path included."""
        path = walked.get(self.key, Walked())
        return {**self.facts, "again": int(path.is_again), "path": path.digest}


def tasks(session: Session, company: Organisation, clocks: Clocks, span: Span) -> Iterator[DoneTask]:
    """The tasks done within a span; of those that were late, why."""
    task, case = UserTask, ProcessInstance
    columns = (task.key, task.instance_key, task.process_id, task.element_id, task.created_at, task.due_at)
    statement = select(
        *columns,
        task.completed_at,
        task.completed_by,
        task.returned,
        case.version,
        case.root_key,
        task.definition_key,
        comebacks.came_again().label("again"),
    )
    ended = (task.company_id == company.id, task.completed_at >= span[0], task.completed_at < span[1])
    rows = session.execute(statement.join(case, case.key == task.instance_key).where(*ended, task.state == "completed")).all()
    why = causes.of_late(session, company.id, [row for row in rows if kept(row.due_at, row.completed_at) == LATE])
    for row in rows:
        person = company.people.get(row.completed_by or "")
        own = {"process_id": row.process_id, "version": row.version, "element_id": row.element_id, "state": "completed"}
        own["department"] = (person.department if person else "") or ""
        own |= _times(clocks.at(row.definition_key, row.element_id), row.created_at, row.completed_at, row.due_at) | {
            "cause": why.get(row.key, "")
        }
        own |= {"again": int(row.again), "sent_from": _sender(row.returned or {}), "path": ""}
        yield DoneTask(row.key, row.instance_key, own)


def cases(session: Session, company: Organisation, clocks: Clocks, span: Span) -> Iterator[EndedCase]:
    """The cases that ended within a span."""
    row = ProcessInstance
    columns = (row.key, row.process_id, row.version, row.initiator_department, row.state, row.started_at, row.ended_at)
    ended = (row.company_id == company.id, row.ended_at >= span[0], row.ended_at < span[1])
    for each in session.execute(select(*columns, row.due_at, row.definition_key).where(*ended)):
        own = {"process_id": each.process_id, "version": each.version, "element_id": "", "state": each.state}
        own["department"] = each.initiator_department or ""
        own |= _times(clocks.at(each.definition_key), each.started_at, each.ended_at, each.due_at)
        own |= {"cause": "", "sent_from": ""}
        yield EndedCase(each.key, each.process_id, own)


def kept(due_at: datetime | None, ended_at: datetime) -> int:
    """Whether a limit was kept: NO_LIMIT, IN_TIME or LATE."""
    if due_at is None:
        return NO_LIMIT
    return LATE if ended_at > due_at else IN_TIME


def _sender(returned: Mapping[str, Any]) -> str:
    """The step that sent a task back; a move by hand is none."""
    return "" if returned.get("kind") == comebacks.JUMP else str(returned.get("from") or "")


def _times(elapsed: Elapsed, began: datetime, ended: datetime, due_at: datetime | None) -> dict[str, int]:
    worked, lasted = elapsed.between(began, ended), (ended - began).total_seconds()
    return {"worked": scale.step(worked), "lasted": scale.step(lasted), "kept": kept(due_at, ended)}
