"""The register [台账] of a process: what workflow.toml declares, over running and finished cases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Numeric, Select, case, cast, func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.lines import cells
from engine.cases.lines.register_lines import Columns
from engine.cases.personal import secret_data, secret_titles
from engine.cases.rights import access, barring
from engine.definitions.definitions import Definition
from engine.definitions.languages import telling, typed
from engine.definitions.settings import Column
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.records import register_filters
from engine.queries.records.register_filters import Condition, RegisterFilters
from engine.storage import database
from engine.storage.models import ProcessInstance
from engine.verbs import register_filling

__all__ = ["Condition", "Register", "RegisterFilters", "RegisterLine", "offers", "register", "stream", "values"]

BATCH = 2000  # every batch is sorted anew
MOST_VALUES = 60
CENT = Decimal("0.01")


@dataclass(frozen=True)
class RegisterLine:
    """One case; `values` in the order of the columns: text, Decimal of number columns, None where there is nothing."""

    key: int
    number: str
    title: str
    state: str
    ended_as: str | None
    started_at: datetime
    ended_at: datetime | None
    values: tuple[str | Decimal | None, ...]
    sorted_by: str | None = None


@dataclass(frozen=True)
class Register:
    """One page. `count` and `totals` are of all filtered cases; totals are None for columns without.

    `waiting` is how many cases the background worker still has to enter with these columns. `words` are the process's texts in
    the language of whoever reads, by how they are stored; `typed` are the columns that hold what people typed, by name.
    """

    process_id: str
    title: str
    columns: Columns
    page: paging.Page[RegisterLine]
    filters: RegisterFilters = field(default_factory=RegisterFilters)
    count: int = 0
    totals: tuple[Decimal | None, ...] = ()
    waiting: int = 0
    words: Mapping[str, str] = field(default_factory=dict)
    typed: Collection[str] = ()

    def said(self, value: str, column: Column) -> str:
        """What stands in a column, as the reader is told it where it is a text of the process, such as an option of a form."""
        return value if column.name in self.typed else self.words.get(value, value)


@dataclass(frozen=True)
class _List:
    """The filtered lines of one register, in their order."""

    session: Session
    by: Actor
    process_id: str
    columns: Columns
    filters: RegisterFilters
    lines: cells.Lines
    order: register_filters.LineOrder = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", register_filters.order(self.filters, self.columns, self.lines))

    def found(self, wanted: paging.WantedPage, size: int) -> list[RegisterLine]:
        """Lines from a cursor on, in the walking order."""
        row = ProcessInstance
        columns = (
            row.key,
            row.number,
            row.title,
            row.process_name,
            row.state,
            row.ended_as,
            row.started_at,
            row.ended_at,
            row.register,
            row.definition_key,
        )
        statement = self._narrowed(select(*columns, self.order.shown.label("sorted_by")))
        backwards = wanted.is_backwards
        if wanted.cursor is not None:
            statement = statement.where(self.order.beyond(wanted.cursor, backwards=backwards))
        statement = statement.order_by(*self.order.by(backwards=backwards)).limit(size)
        return [_line(telling.told(self.session, each), self.columns, self.lines) for each in self.session.execute(statement)]

    def summed(self) -> tuple[int, tuple[Decimal | None, ...]]:
        """How many lines there are, and what stands under the number columns."""
        totalled = [each for each in self.columns if cells.kind(each) == "number" and each.total != "none"]
        summed = [self.lines.cell(each) for each in totalled]
        asked: list[Any] = [func.count(), *map(self._sum, summed), *map(func.count, summed)]
        count, *totals = self.session.execute(self._narrowed(select(*asked))).one()
        sums, counts = totals[: len(totalled)], totals[len(totalled) :]
        by_column = {each: _total(each, *pair) for each, *pair in zip(totalled, sums, counts, strict=True)}
        return count, tuple(by_column.get(each) for each in self.columns) if totalled else ()

    def values(self, column: Column) -> list[tuple[str, int]]:
        """What occurs in a column, the most frequent first, and how often."""
        cell = self.lines.cell(column)
        times = func.count().label("times")
        asked: list[Any] = [cell.label("value"), times]
        statement = self._narrowed(select(*asked)).where(cell.is_not(None)).group_by("value")
        rows = self.session.execute(statement.order_by(times.desc(), "value").limit(MOST_VALUES + 1))
        return [(each.value, each.times) for each in rows]

    def waiting(self) -> int:
        row = ProcessInstance
        old = func.sum(case((register_filling.is_old(self.columns), 1), else_=0))
        statement = select(old).where(row.company_id == self.by.company_id, row.process_id == self.process_id)
        return int(self.session.execute(statement).scalar() or 0)

    def _sum(self, cell: ColumnElement[str]) -> ColumnElement[Any]:
        return func.exact_sum(cell) if database.is_sqlite(self.session) else func.sum(cast(cell, Numeric))

    def _narrowed(self, statement: Select[Any]) -> Select[Any]:
        row = ProcessInstance
        mine = (row.company_id == self.by.company_id, row.process_id == self.process_id)
        return statement.where(
            *mine,
            barring.free(self.session, self.by, row.key),
            *register_filters.conditions(self.filters, self.columns, self.lines, ZoneInfo(self.by.time_zone)),
        )


def offers(session: Session, by: Actor) -> list[tuple[str, str]]:
    """The processes whose register this person may read: (process id, title)."""
    newest = access.newest(session, by.company_id)
    return [(each.process_id, each.title) for each in newest if each.settings.register and access.follows(by, each)]


def register(
    session: Session, by: Actor, process_id: str, filters: RegisterFilters, wanted: paging.WantedPage, *, now: datetime
) -> Register:
    """One page of the register; of secret cases without what stands in the columns. Raises NotFound for a process whose register this person may not read, Invalid."""
    definition = _readable(session, by, process_id)
    listed = _listed(session, by, definition, filters, now)
    page = paging.page(listed.found(wanted, wanted.size + 1), wanted, _position)
    count, totals = listed.summed()
    waiting = listed.waiting()
    head = _head(definition, listed)
    return replace(head, page=page, count=count, totals=totals, waiting=waiting)


def stream(
    session: Session, by: Actor, process_id: str, filters: RegisterFilters, *, now: datetime
) -> tuple[Register, Iterator[RegisterLine]]:
    """The register's head and all its filtered lines in their order, read in batches. Raises NotFound, Invalid."""
    definition = _readable(session, by, process_id)
    listed = _listed(session, by, definition, filters, now)
    return _head(definition, listed), _all(listed)


def _head(definition: Definition, listed: _List) -> Register:
    own = frozenset(each.name for each in listed.columns if typed.gives(definition, each.value))
    of_process = definition.process_id, definition.title, listed.columns
    return Register(*of_process, paging.Page(), listed.filters, words=definition.words, typed=own)


def values(session: Session, by: Actor, register: Register, column_id: str, *, now: datetime) -> list[tuple[str, int]]:
    """What occurs in a column of the whole register, the most frequent first; one more than `MOST_VALUES` if it is many."""
    column = next((each for each in register.columns if cells.column_id(each) == column_id), None)
    if column is None or cells.kind(column) != "text":
        return []
    return _List(
        session, by, register.process_id, register.columns, RegisterFilters(), _lines(session, by, register.process_id, now)
    ).values(column)


def _all(listed: _List) -> Iterator[RegisterLine]:
    wanted = paging.WantedPage()
    while True:
        lines = listed.found(wanted, BATCH)
        yield from lines
        if len(lines) < BATCH:
            return
        wanted = paging.WantedPage(after=paging.encode(_position(lines[-1])))


def _position(line: RegisterLine) -> tuple[str | None, int]:
    return line.sorted_by, line.key


def _total(column: Column, total: Any, count: int) -> Decimal | None:
    if column.total == "average":
        return (Decimal(total) / count).quantize(CENT) if count else None
    return Decimal(total or 0)


def _lines(session: Session, by: Actor, process_id: str, now: datetime) -> cells.Lines:
    return cells.Lines(secret_data.closed(session, by, [process_id], now=now))


def _listed(session: Session, by: Actor, definition: Definition, filters: RegisterFilters, now: datetime) -> _List:
    columns = definition.settings.register
    lines = _lines(session, by, definition.process_id, now)
    return _List(session, by, definition.process_id, columns, filters.known(columns), lines)


def _line(row: Any, columns: Columns, lines: cells.Lines) -> RegisterLine:
    kept: Mapping[str, Any] = row.register or {}
    is_closed = row.key in lines.closed
    shown = tuple(secret_data.WITHHELD if is_closed else _shown(kept, column) for column in columns)
    by = row.sorted_by.astimezone(UTC).isoformat() if isinstance(row.sorted_by, datetime) else row.sorted_by
    title = secret_titles.neutral(row.process_name, row.number) if is_closed else row.title
    return RegisterLine(row.key, row.number, title, row.state, row.ended_as, row.started_at, row.ended_at, shown, by)


def _shown(kept: Mapping[str, Any], column: Column) -> str | Decimal | None:
    name = cells.column_id(column)
    text = kept.get("cells", {}).get(name)
    if text is None:
        other: str | None = kept.get("other", {}).get(name)
        return other
    return Decimal(text) if cells.kind(column) == "number" else str(text)


def _readable(session: Session, by: Actor, process_id: str) -> Definition:
    definition = next((each for each in access.newest(session, by.company_id) if each.process_id == process_id), None)
    if definition is None or not (definition.settings.register and access.follows(by, definition)):
        raise errors.NotFound("There is no such register, or you may not view it.")
    return definition
