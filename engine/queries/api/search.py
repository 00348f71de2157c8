"""Searching as Camunda 8's API does it: filters with operators, sorting, pages by offset or cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.queries.api import cursors, fields, filter_size
from engine.queries.api.cursors import SortColumn
from engine.queries.api.fields import ApiField, Column

MAX_LIMIT = 1000
COUNTED = 10_000


@dataclass(frozen=True)
class Query:
    """What is asked for; `sort` holds (field, is descending)."""

    filter: Mapping[str, Any] = field(default_factory=dict)
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int = 100
    offset: int = 0
    after: str = ""
    before: str = ""

    def __post_init__(self) -> None:
        filter_size.check(self.filter, self.sort)
        if sum(map(bool, (self.offset, self.after, self.before))) > 1:
            raise errors.Invalid("A page is asked for by “from”, by “after” or by “before”, not by several of them.")


@dataclass(frozen=True)
class FoundRows:
    """The rows, how many there are in all (counted to COUNTED), and the cursors of the first and last row."""

    rows: list[Any]
    total: int
    has_more: bool
    start: str | None
    end: str | None


def run(session: Session, statement: Select[Any], known: Mapping[str, ApiField], own_key: Column, query: Query) -> FoundRows:
    """The page of a statement's rows that the query asks for.

    `own_key` makes the order total. Raises Invalid for a field that cannot be filtered or sorted by.
    """
    statement = statement.where(fields.condition(known, query.filter))
    counted = session.execute(select(func.count()).select_from(statement.limit(COUNTED).subquery())).scalar_one()
    steps, is_backwards = _steps(known, own_key, query), bool(query.before)
    if query.after or query.before:
        statement = statement.where(cursors.beyond(steps, query.after or query.before, is_backwards))
    statement = statement.order_by(*cursors.order_by(steps, is_backwards))
    # The order's values stand behind the row's own columns; labels, as one may be asked for twice.
    positions = [step.value.label(f"position_{place}") for place, step in enumerate(steps)]
    statement = statement.add_columns(*positions).limit(min(query.limit, MAX_LIMIT)).offset(query.offset)
    read = list(session.execute(statement))
    read = read[::-1] if is_backwards else read
    ends = [cursors.encode(row[-len(steps) :]) for row in (read[:1] + read[-1:])]
    rows = [row[0] if len(row) == len(steps) + 1 else row[: -len(steps)] for row in read]
    return FoundRows(rows, counted, counted == COUNTED, ends[0] if ends else None, ends[-1] if ends else None)


def _steps(known: Mapping[str, ApiField], own_key: Column, query: Query) -> list[SortColumn]:
    asked = [SortColumn(_sorted(known, name).column, down) for name, down in query.sort]
    return [*asked, SortColumn(own_key, asked[-1].is_descending if asked else False)]


def _sorted(known: Mapping[str, ApiField], name: str) -> ApiField:
    field = fields.named(known, name)
    if not field.is_sorted:
        raise fields.refused(fields.NO_ORDER, name)
    return field
