"""Searching as Camunda 8's API does it: filters with operators, sorting, pages by offset or cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine import errors
from engine.queries import paging
from engine.queries.api import filter_size
from engine.storage.models import Moment

MAX_LIMIT = 1000
COUNTED = 10_000
Column = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True)
class Field:
    """A field of the API: its column, and how its text becomes the column's value."""

    column: Column
    read: Callable[[Any], Any] = str


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


@dataclass(frozen=True)
class Found:
    """The rows, how many there are in all (counted to COUNTED), and the cursors of the first and last row."""

    rows: list[Any]
    total: int
    has_more: bool
    start: str | None
    end: str | None


def key(value: Any) -> int:
    """A key of the API (a decimal string) as a number. Raises Invalid."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    raise errors.Invalid("“%(value)s” is not a key.", value=str(value)[:40])


def moment(value: Any) -> datetime:
    """A date-time of the API as a moment. Raises Invalid."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise errors.Invalid("“%(value)s” is not a date-time with a zone.", value=str(value)[:40])
    return found


def number(value: Any) -> int:
    """A whole number of the API. Raises Invalid."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise errors.Invalid("“%(value)s” is not a whole number.", value=str(value)[:40])
    return value


def run(session: Session, statement: Select[Any], fields: Mapping[str, Field], own_key: Column, query: Query) -> Found:
    """The page of a statement's rows that the query asks for.

    `own_key` makes the order total. Raises Invalid for a field that cannot be filtered or sorted by.
    """
    statement = statement.where(*(condition(fields, name, asked) for name, asked in query.filter.items() if asked is not None))
    counted = session.execute(select(func.count()).select_from(statement.limit(COUNTED).subquery())).scalar_one()
    orders = [(_field(fields, name).column, down) for name, down in query.sort] or [(own_key, False)]
    columns = [column for column, _down in orders]
    backwards = bool(query.before)
    for column, down in [*orders, (own_key, orders[-1][1])]:
        statement = statement.order_by(column.desc() if down != backwards else column.asc())
    if query.after or query.before:
        statement = statement.where(_beyond(orders, own_key, paging.decode(query.after or query.before), backwards))
    statement = statement.add_columns(*columns, own_key).limit(min(query.limit, MAX_LIMIT)).offset(query.offset)
    found = list(session.execute(statement))
    found = found[::-1] if backwards else found
    ends = [paging.encode([_plain(value) for value in row[-len(columns) - 1 :]]) for row in (found[:1] + found[-1:])]
    rows = [row[0] if len(row) == len(columns) + 2 else row[: -len(columns) - 1] for row in found]
    return Found(rows, counted, counted == COUNTED, ends[0] if ends else None, ends[-1] if ends else None)


def _field(fields: Mapping[str, Field], name: str) -> Field:
    if name not in fields:
        raise errors.Invalid("There is no field “%(name)s” to search by.", name=str(name)[:40])
    return fields[name]


def condition(fields: Mapping[str, Field], name: str, asked: Any) -> ColumnElement[bool]:
    """The condition that a filter of one field makes: a value, or operators with values. Raises Invalid."""
    if name == "$or" and isinstance(asked, list):
        return or_(*(and_(*(condition(fields, *pair) for pair in each.items())) for each in asked if isinstance(each, Mapping)))
    known = _field(fields, name)
    operators = asked if isinstance(asked, Mapping) else {"$eq": asked}
    return and_(*(_operator(known, operator, value) for operator, value in operators.items() if value is not None))


def _operator(known: Field, operator: str, value: Any) -> ColumnElement[bool]:
    column = known.column
    if operator == "$exists":
        return column.is_not(None) if value else column.is_(None)
    if operator in ("$in", "$notIn"):
        values = [known.read(each) for each in value] if isinstance(value, list) else []
        return column.in_(values) if operator == "$in" else column.not_in(values)
    if operator == "$like":
        pattern = str(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return column.like(pattern.replace("*", "%").replace("?", "_"), escape="\\")
    compared = {"$eq": "__eq__", "$neq": "__ne__", "$gt": "__gt__", "$gte": "__ge__", "$lt": "__lt__", "$lte": "__le__"}
    if operator not in compared:
        raise errors.Invalid("There is no operator “%(name)s”.", name=str(operator)[:40])
    condition: ColumnElement[bool] = getattr(column, compared[operator])(known.read(value))
    return condition


def _beyond(
    orders: list[tuple[Column, bool]], own_key: Column, cursor: tuple[Any, ...], backwards: bool
) -> ColumnElement[bool]:
    """Rows behind (or in front of) the cursor in an order by several columns, each up or down."""
    steps = [*orders, (own_key, orders[-1][1])]
    if len(cursor) != len(steps):
        raise errors.Invalid("This page address is damaged. Please open the list again.")
    alternatives = []
    for index, (column, down) in enumerate(steps):
        value = _typed(cursor[index], column)
        beyond = column < value if down != backwards else column > value
        same = [_same(earlier, _typed(cursor[place], earlier)) for place, (earlier, _down) in enumerate(steps[:index])]
        alternatives.append(and_(*same, beyond))
    return or_(*alternatives)


def _same(column: Column, value: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.is_(None) if value is None else column == value
    return condition


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(value: Any, column: Column) -> Any:
    """A cursor's value as the column's type; a tampered one is refused."""
    try:
        return datetime.fromisoformat(value) if isinstance(column.type, Moment) and value is not None else value
    except (TypeError, ValueError) as error:
        raise errors.Invalid("This page address is damaged. Please open the list again.") from error
