"""The register [台账] of a process: what workflow.toml declares, over running and finished cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.orm import Session, undefer

from engine import cases, definitions, errors, feel, personal_data
from engine.cases import Surroundings
from engine.definitions import Definition
from engine.models import Filing, ProcessInstance
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.settings import Column

BATCH = 200
MOST_TOTALLED = 2000
STATES = ("active", "completed", "cancelled")
RATING = "customer_rating"


@dataclass(frozen=True)
class Filters:
    """`since` and `until` are days of the company's calendar, both included; `state` "" is all."""

    search: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Line:
    """One case; `values` in the order of the columns."""

    key: int
    number: str
    title: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Register:
    """One page. `totals` are of all filtered cases, None for columns without; `is_partial` where they are too many."""

    process_id: str
    title: str
    columns: tuple[Column, ...]
    page: paging.Page[Line]
    totals: tuple[Decimal | None, ...] = ()
    is_partial: bool = False


@dataclass
class _Reader:
    """Evaluates the columns of cases; definitions are looked up once per version."""

    session: Session
    around: Surroundings
    columns: tuple[Column, ...]
    ratings: dict[int, Any] = field(default_factory=dict)

    def line(self, row: ProcessInstance) -> Line:
        definition = definitions.of(self.session, row.definition_key)
        known = cases.variables(self.session, row, now=self.around.now)
        known.setdefault(RATING, self.ratings.get(row.key))
        context = {name: feel.from_json(value) for name, value in personal_data.masked(definition, known).items()}
        look_ups = self.around.functions(row)
        values = tuple(_value(each, context, look_ups, self.around.local_now) for each in self.columns)
        return Line(row.key, row.number, row.title, row.state, row.started_at, row.ended_at, values)

    def lines(self, rows: Sequence[ProcessInstance]) -> list[Line]:
        found = select(Filing.instance_key, Filing.rating).where(Filing.instance_key.in_([row.key for row in rows]))
        self.ratings = {key: (rating or {}).get("stars") for key, rating in self.session.execute(found)}
        return [self.line(row) for row in rows]


def offers(session: Session, by: Actor) -> list[tuple[str, str]]:
    """The processes whose register this person may read: (process id, title)."""
    return [(each.process_id, each.title) for each in definitions.all_latest(session, by.company_id) if _may_read(each, by)]


def load(session: Session, by: Actor, process_id: str, filters: Filters, wanted: paging.Wanted, *, now: datetime) -> Register:
    """One page of the register, newest first. Raises NotFound for a process whose register this person may not read."""
    definition = _readable(session, by, process_id)
    reader = _reader(session, by, definition, now)
    statement = _select(session, by, process_id, filters)
    if wanted.cursor is not None:
        key = paging.only_key(wanted.cursor)
        statement = statement.where(ProcessInstance.key > key if wanted.is_backwards else ProcessInstance.key < key)
    order = ProcessInstance.key.asc() if wanted.is_backwards else ProcessInstance.key.desc()
    rows = session.execute(statement.order_by(order).limit(wanted.size + 1)).scalars().all()
    page = paging.page(reader.lines(rows), wanted, lambda line: (line.key,))
    totals, is_partial = _totals(session, by, process_id, filters, reader)
    return Register(process_id, definition.title, reader.columns, page, totals, is_partial)


def stream(session: Session, by: Actor, process_id: str, filters: Filters, *, now: datetime) -> tuple[Register, Iterator[Line]]:
    """The register's head and all its lines, oldest first, read in batches. Raises NotFound."""
    definition = _readable(session, by, process_id)
    reader = _reader(session, by, definition, now)
    head = Register(process_id, definition.title, reader.columns, paging.Page())
    return head, _all(session, by, process_id, filters, reader)


def _all(session: Session, by: Actor, process_id: str, filters: Filters, reader: _Reader) -> Iterator[Line]:
    last = 0
    while True:
        following = _select(session, by, process_id, filters).where(ProcessInstance.key > last)
        rows = session.execute(following.order_by(ProcessInstance.key).limit(BATCH)).scalars().all()
        yield from reader.lines(rows)
        if len(rows) < BATCH:
            return
        last = rows[-1].key
        session.expunge_all()  # what was read is not needed again


def _totals(
    session: Session, by: Actor, process_id: str, filters: Filters, reader: _Reader
) -> tuple[tuple[Decimal | None, ...], bool]:
    """Sums of the number columns; a register without any costs nothing."""
    if not any(column.type == "number" for column in reader.columns):
        return (), False
    sums = [Decimal(0) if column.type == "number" else None for column in reader.columns]
    for count, line in enumerate(_all(session, by, process_id, filters, reader)):
        if count == MOST_TOTALLED:
            return tuple(sums), True
        for index, value in enumerate(line.values):
            before = sums[index]
            if before is not None and isinstance(value, Decimal | int):
                sums[index] = before + value
    return tuple(sums), False


def _select(session: Session, by: Actor, process_id: str, filters: Filters) -> Any:
    mine = (ProcessInstance.company_id == by.company_id, ProcessInstance.process_id == process_id)
    statement = select(ProcessInstance).options(undefer(ProcessInstance.tokens)).where(*mine)
    return statement.where(*_conditions(filters, ZoneInfo(by.time_zone)))


def _conditions(filters: Filters, zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    row = ProcessInstance
    if filters.search:
        places = (row.title, row.number, cast(row.summary, Text))
        yield or_(*(place.icontains(filters.search, autoescape=True) for place in places))
    if filters.state in STATES:
        yield row.state == filters.state
    if filters.since:
        yield row.started_at >= _midnight(filters.since, zone)
    if filters.until:
        yield row.started_at < _midnight(filters.until + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _reader(session: Session, by: Actor, definition: Definition, now: datetime) -> _Reader:
    around = Surroundings(session, by, now)
    organisation.of(session, by.company_id, by.organisation_version)
    return _Reader(session, around, definition.settings.register)


def _readable(session: Session, by: Actor, process_id: str) -> Definition:
    definition = definitions.latest(session, by.company_id, process_id)
    if not _may_read(definition, by):
        raise errors.NotFound("There is no such register.")
    return definition


def _may_read(definition: Definition, by: Actor) -> bool:
    allowed = {*definition.settings.managers, *definition.settings.visible_to}
    return bool(definition.settings.register) and (by.is_administrator or bool(by.groups & allowed))


def _value(column: Column, context: dict[str, Any], look_ups: Any, now: datetime) -> Any:
    """A column that cannot be worked out (yet) is empty."""
    if not feel.is_expression(column.value):
        return column.value
    try:
        return feel.to_json(feel.evaluate(feel.body(column.value), context, functions=look_ups, now=now))
    except feel.FeelError:
        return None
