"""The cases or steps behind a figure of a report: as many as the figure says, for the same rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select

from engine.definitions.languages import telling
from engine.queries import paging
from engine.reporting import sql
from engine.reporting.answering import Asking
from engine.reporting.question import STEPS
from engine.storage.models import ProcessInstance, UserTask, WorkItem


@dataclass(frozen=True)
class Behind:
    """One case or step behind a figure; `step` is "" for a case."""

    row: int
    key: int
    number: str
    title: str
    process_name: str
    initiator: str
    step: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    state: str
    ended_as: str | None


def lines(asked: Asking, keys: Sequence[str | None], wanted: paging.WantedPage) -> paging.Page[Behind]:
    """One page of what a line counts, newest first; `keys` of its groups, () for all."""
    counted = _counted(asked)
    behind = asked.session.execute(paging.newest_first(_statement(asked, keys), counted, wanted))
    rows = [_behind(asked, each) for each in behind]
    return paging.page(rows, wanted, lambda line: (line.row,))


def _behind(asked: Asking, row: Any) -> Behind:
    told = telling.told(asked.session, row)
    values = {each.name: getattr(told, each.name) for each in fields(Behind)}
    return Behind(**{**values, "initiator": asked.company.name_of(row.initiator)})


def _counted(asked: Asking) -> Any:
    """What each row is one of: a case, a step, or somebody's part of a step."""
    if asked.question.of != STEPS:
        return ProcessInstance.key
    return func.coalesce(WorkItem.key, UserTask.key) if sql.is_by_handler(asked.question) else UserTask.key


def _statement(asked: Asking, keys: Sequence[str | None]) -> Select[Any]:
    own, row = sql.source(asked.question), ProcessInstance
    step: Any = UserTask.name if asked.question.of == STEPS else literal("")
    counted = _counted(asked)
    columns = (row.key, row.number, row.title, row.process_name, row.initiator, row.ended_as, row.definition_key)
    chosen = [
        counted.label("row"),
        *columns,
        own.started.label("started_at"),
        own.ended.label("ended_at"),
        own.due.label("due_at"),
    ]
    chosen += [(UserTask.state if asked.question.of == STEPS else row.state).label("state"), step.label("step")]
    statement = asked.joined(select(*chosen)).where(*asked.conditions(asked.span))
    for group, key in zip(asked.groups, keys, strict=False):
        expression = sql.grouped(group, asked.question, asked.dialect)
        statement = statement.where(expression.is_(None) if key is None else expression == key)
    return statement
