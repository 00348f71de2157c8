"""What a register is narrowed to and ordered by, in SQL over the lines that are kept with the cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Numeric, case, cast, func, literal, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from engine import errors
from engine.basics.letters import spellings
from engine.cases.lines import cells, register_lines
from engine.cases.lines.cells import Lines
from engine.cases.lines.register_lines import Columns
from engine.definitions.settings import Column
from engine.forms.values import numeric
from engine.queries.paging import LARGEST_KEY
from engine.storage.models import Moment, ProcessInstance

Comparison = Literal["is", "has", "from", "to", "empty"]
COMPARISONS: tuple[Comparison, ...] = ("is", "has", "from", "to", "empty")
FIXED = ("number", "started", "ended")
STATES = ("active", "completed", "cancelled")
DAMAGED = "This page address is damaged. Please open the list again."
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Condition:
    """One question to a column: its value is, has (contains), from, to (both included; days of dates) or is empty."""

    column: str
    comparison: Comparison
    value: str


@dataclass(frozen=True)
class RegisterFilters:
    """`since` and `until` are days of the company's calendar, both included; `state` "" is all.

    `sort` is number, started, ended or a column's id, with a minus in front for the largest first; "" is newest first.
    """

    search: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None
    conditions: tuple[Condition, ...] = ()
    sort: str = ""

    def known(self, columns: Columns) -> RegisterFilters:
        """Without what names no column of the register: an address may be older than the deployment."""
        there = {cells.column_id(column) for column in columns}
        asked = tuple(each for each in self.conditions if each.column in there)
        return replace(self, conditions=asked, sort=self.sort if self.sort.lstrip("-") in there.union(FIXED) else "")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered out at all."""
        return bool(self.search or self.state or self.since or self.until or self.conditions)


@dataclass(frozen=True)
class LineOrder:
    """How lines are ordered: lines without a value come last in both directions, ties go by the key.

    `value` is compared by SQL, `shown` is what a cursor carries of it.
    """

    value: Any
    shown: Any
    is_falling: bool

    def by(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        """The ORDER BY, from the end when walking backwards."""
        falling = self.is_falling != backwards
        return [each.desc() if falling else each.asc() for each in self._position()]

    def beyond(self, cursor: tuple[Any, ...], *, backwards: bool) -> ColumnElement[bool]:
        """The condition on lines behind a cursor (in front of it when walking backwards). Raises Invalid."""
        here, there = tuple_(*self._position()), tuple_(*self._literals(cursor))
        return here < there if self.is_falling != backwards else here > there

    def _position(self) -> list[Any]:
        if self.value is None:
            return [ProcessInstance.key]
        with_value, without = (1, 0) if self.is_falling else (0, 1)
        return [
            case((self.value.is_(None), without), else_=with_value),
            func.coalesce(self.value, self._least()),
            ProcessInstance.key,
        ]

    def _least(self) -> ColumnElement[Any]:
        if isinstance(self.value.type, Moment):
            return literal(LONG_AGO, Moment())
        return cast(literal("0"), Numeric) if isinstance(self.value.type, Numeric) else literal("")

    def _literals(self, cursor: tuple[Any, ...]) -> list[Any]:
        match cursor:
            case (None, int() as key) if self.value is None and key <= LARGEST_KEY:
                return [literal(key)]
            case (None, int() as key) if key <= LARGEST_KEY:
                return [literal(0 if self.is_falling else 1), self._least(), literal(key)]
            case (str() as text, int() as key) if self.value is not None and key <= LARGEST_KEY:
                return [literal(1 if self.is_falling else 0), self._literal(text), literal(key)]
        raise errors.Invalid(DAMAGED)

    def _literal(self, text: str) -> ColumnElement[Any]:
        if isinstance(self.value.type, Numeric):
            return cast(literal(number(text)), Numeric)
        if not isinstance(self.value.type, Moment):
            return literal(text)
        try:
            return literal(datetime.fromisoformat(text).replace(tzinfo=UTC), Moment())
        except ValueError as error:
            raise errors.Invalid(DAMAGED) from error


def order(filters: RegisterFilters, columns: Columns, lines: Lines) -> LineOrder:
    """The order that `sort` asks for."""
    name, is_falling = filters.sort.lstrip("-"), filters.sort.startswith("-")
    row = ProcessInstance
    fixed: dict[str, InstrumentedAttribute[Any]] = {"number": row.number, "started": row.started_at, "ended": row.ended_at}
    if name in fixed:
        return LineOrder(fixed[name], fixed[name], is_falling)
    column = next((each for each in columns if cells.column_id(each) == name), None)
    if column is None:
        return LineOrder(None, literal(None), is_falling=True)
    return LineOrder(_comparable(lines, column), lines.cell(column), is_falling)


def conditions(filters: RegisterFilters, columns: Columns, lines: Lines, zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    """The WHERE. Raises Invalid for a bound that is no number or day."""
    row = ProcessInstance
    if filters.search:
        places = (*map(lines.cell, columns), *map(lines.other, columns))
        by_number = (row.number.icontains(each, autoescape=True) for each in spellings.of_word(filters.search.strip()))
        by_title = row.title.icontains(filters.search, autoescape=True) & row.key.not_in(sorted(lines.closed))
        yield or_(by_title, *by_number, *(place.icontains(filters.search, autoescape=True) for place in places))
    if filters.state in STATES:
        yield row.state == filters.state
    if filters.since:
        yield row.started_at >= _midnight(filters.since, zone)
    if filters.until:
        yield row.started_at < _midnight(filters.until + timedelta(days=1), zone)
    named = {cells.column_id(column): column for column in columns}
    for each in filters.conditions:
        if each.column in named:
            yield _condition(lines, named[each.column], each)


def day(text: str) -> date:
    """A day as forms send it. Raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise errors.Invalid("This is not a date: %(text)s", text=text[:40]) from error


def number(text: str) -> str:
    """A number, typed as in a form, as plain digits. Raises Invalid."""
    try:
        number_typed = numeric.typed(text)
    except errors.Invalid:
        number_typed = None
    if number_typed is None or abs(number_typed.adjusted()) > register_lines.MAX_DIGITS:
        raise errors.Invalid("This is not a number: %(text)s", text=text[:40])
    return f"{number_typed:f}"


def _condition(lines: Lines, column: Column, asked: Condition) -> ColumnElement[bool]:
    kind, value = cells.kind(column), _comparable(lines, column)
    if asked.comparison == "empty":
        return lines.cell(column).is_(None) & lines.other(column).is_(None)
    if asked.comparison == "has":
        return or_(*(each.icontains(asked.value, autoescape=True) for each in (lines.cell(column), lines.other(column))))
    if asked.comparison == "is" or kind == "text":
        return lines.cell(column) == asked.value
    if kind == "number":
        bound = cast(literal(number(asked.value)), Numeric)
        return value >= bound if asked.comparison == "from" else value <= bound
    first = day(asked.value)
    return value >= first.isoformat() if asked.comparison == "from" else value < (first + timedelta(days=1)).isoformat()


def _comparable(lines: Lines, column: Column) -> ColumnElement[Any]:
    """What a column is compared and sorted by."""
    return cast(lines.cell(column), Numeric) if cells.kind(column) == "number" else lines.cell(column)


def _midnight(at: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(at, time(0), zone).astimezone(UTC)
