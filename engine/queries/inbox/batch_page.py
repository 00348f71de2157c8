"""An act on many tasks as its page shows it: how far it is, and what became of each task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.storage.models import Batch, ProcessInstance, UserTask


@dataclass(frozen=True)
class BatchLine:
    """One task of it. `state`: waiting, done, refused; `refusal` is a message with values."""

    task_key: int
    instance_key: int
    task_name: str
    title: str
    number: str
    state: str
    refusal: errors.Refusal | None


@dataclass(frozen=True)
class BatchPage:
    """`seconds` are left in which it can be undone; `done` and `refused` count."""

    key: int
    operation: str
    state: str
    seconds: int
    total: int
    done: int
    refused: int
    lines: list[BatchLine]

    @property
    def can_be_undone(self) -> bool:
        """Whether nothing of it was sent yet."""
        return self.state == "waiting" and not self.done and not self.refused


def batch_page(session: Session, by: Actor, key: int, *, now: datetime) -> BatchPage:
    """The page of an act of the person himself; two statements. Raises NotFound."""
    row = session.get(Batch, key)
    if row is None or row.company_id != by.company_id or row.username != by.username:
        raise errors.NotFound("There is no such act.")
    task, case = UserTask, ProcessInstance
    statement = (
        select(task.key, task.name, task.instance_key, case.title, case.number)
        .join(case, case.key == task.instance_key)
        .where(task.key.in_(row.task_keys))
    )
    named = {each.key: each for each in session.execute(statement)}
    results = {each["task"]: each for each in row.results}
    lines = [_line(named[each], results.get(each)) for each in row.task_keys if each in named]
    refused = sum(line.state == "refused" for line in lines)
    done = sum(line.state == "done" for line in lines)
    left = max(0, round((row.run_at - now).total_seconds()))
    return BatchPage(row.key, row.operation, row.state, left, len(lines), done, refused, lines)


def _line(row: Any, result: dict[str, Any] | None) -> BatchLine:
    state = "waiting" if result is None else "refused" if "refused" in result else "done"
    told = errors.Refusal(result["refused"], fields=None, **result["values"]) if result and state == "refused" else None
    return BatchLine(row.key, row.instance_key, row.name, row.title, row.number, state, told)
