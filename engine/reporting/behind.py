"""The cases or steps behind a figure of a report: as many as the figure says, for the same rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select

from engine.queries import paging
from engine.reporting import sql
from engine.reporting.answering import Asking
from engine.reporting.question import STEPS
from engine.storage.models import ProcessInstance, UserTask


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


def lines(asked: Asking, keys: Sequence[str | None], wanted: paging.Wanted) -> paging.Page[Behind]:
    """One page of what a line counts, newest first; `keys` of its groups, () for all."""
    counted = UserTask.key if asked.question.of == STEPS else ProcessInstance.key
    found = asked.session.execute(paging.newest_first(_statement(asked, keys), counted, wanted))
    rows = [Behind(**{**each, "initiator": asked.company.name_of(each["initiator"])}) for each in found.mappings()]
    return paging.page(rows, wanted, lambda line: (line.row,))


def _statement(asked: Asking, keys: Sequence[str | None]) -> Select[Any]:
    own, row = sql.source(asked.question), ProcessInstance
    step: Any = UserTask.name if asked.question.of == STEPS else literal("")
    counted = UserTask.key if asked.question.of == STEPS else row.key
    columns = (row.key, row.number, row.title, row.process_name, row.initiator, row.ended_as)
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
