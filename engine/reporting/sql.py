"""Reports as SQL: what a field, a condition and a figure are on SQLite and on PostgreSQL; nobody types any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Numeric, String, and_, case, cast, func, literal, or_
from sqlalchemy.orm import InstrumentedAttribute

from engine.cases.lines import cells
from engine.definitions.settings import Column
from engine.queries.records import register_filters
from engine.reporting.fields import AskedField, Fields, ReportField, measured
from engine.reporting.question import STEPS, Condition, Question
from engine.storage.models import CONCLUDED, ProcessInstance, UserTask, WorkItem


@dataclass(frozen=True)
class Dialect:
    """How one database says what the other says otherwise; `zone` is the company's clock, `lines` what the reader may know."""

    is_sqlite: bool
    zone: ZoneInfo
    lines: cells.Lines

    def day(self, moment: Any) -> ColumnElement[str]:
        """The day of a stored moment on the company's clock, 2026-03-02."""
        if self.is_sqlite:
            return func.local_day(moment, literal(self.zone.key), type_=String())
        return func.to_char(func.timezone(literal(self.zone.key), moment), "YYYY-MM-DD", type_=String())

    def unit(self, day: ColumnElement[str], unit: str) -> ColumnElement[str]:
        """The week (its Monday), month, quarter or year of a day, as `spans.written` writes it."""
        if unit == "year":
            return func.substr(day, 1, 4, type_=String())
        if unit == "month":
            return func.substr(day, 1, 7, type_=String())
        if unit == "quarter":
            month = func.substr(day, 6, 2, type_=String())
            which = case((month < "04", "-Q1"), (month < "07", "-Q2"), (month < "10", "-Q3"), else_="-Q4")
            return case((day.is_not(None), func.substr(day, 1, 4, type_=String()).concat(which)))
        if unit == "week":
            if self.is_sqlite:
                return func.date(day, "-6 days", "weekday 1", type_=String())
            return func.to_char(func.date_trunc("week", func.to_date(day, "YYYY-MM-DD")), "YYYY-MM-DD", type_=String())
        return day

    def seconds(self, begun: Any, over: Any) -> ColumnElement[int]:
        """Whole seconds between two moments, null while the second is to come."""
        return self._epoch(over) - self._epoch(begun)

    def total(self, text: ColumnElement[str]) -> ColumnElement[Any]:
        """The exact sum of decimals kept as texts."""
        return func.exact_sum(text, type_=String()) if self.is_sqlite else cast(func.sum(cast(text, Numeric)), String)

    def median(self, number: ColumnElement[int]) -> ColumnElement[Any]:
        """The middle one of numbers, between two the mean of both."""
        return func.median(number) if self.is_sqlite else func.percentile_cont(0.5).within_group(number.asc())

    def _epoch(self, moment: Any) -> ColumnElement[int]:
        if self.is_sqlite:
            return cast(func.strftime("%s", moment), BigInteger)
        return cast(func.floor(func.extract("epoch", moment)), BigInteger)


@dataclass(frozen=True)
class Source:
    """What is counted: where it begins, ends, is due, and how its state is called."""

    started: Any
    ended: Any
    due: Any
    state: Any
    running: str


# How a case ended: one that is void or was ended by force is neither completed nor cancelled by who may.
STANDING = case((ProcessInstance.ended_as.in_(("void", "terminated")), ProcessInstance.ended_as), else_=ProcessInstance.state)
CASES = Source(ProcessInstance.started_at, ProcessInstance.ended_at, ProcessInstance.due_at, STANDING, "active")
TASKS = Source(UserTask.created_at, UserTask.completed_at, UserTask.due_at, UserTask.state, "open")


def source(question: Question) -> Source:
    """Where the moments of what is asked for stand."""
    return TASKS if question.of == STEPS else CASES


def grouped(asked: AskedField, question: Question, dialect: Dialect) -> ColumnElement[Any]:
    """What a field is grouped by, as text."""
    own = source(question)
    plain: dict[str, Any] = {
        "process": ProcessInstance.process_id,
        "state": own.state,
        "department": ProcessInstance.initiator_department,
        "initiator": ProcessInstance.initiator,
        "element": UserTask.name,
        "handler": WorkItem.username,
    }
    if asked.field.name in ("started", "ended"):
        return dialect.unit(dialect.day(getattr(own, asked.field.name)), asked.unit)
    if asked.field.columns:
        text = cell(asked.field, dialect)
        return dialect.unit(func.substr(text, 1, 10, type_=String()), asked.unit) if asked.unit else text
    return plain[asked.field.name]


def cell(field: ReportField, dialect: Dialect) -> ColumnElement[str]:
    """The kept text of a declared field, wherever its processes keep it."""
    return _by_process(field, dialect.lines.cell)


def _by_process(field: ReportField, kept: Callable[[Column], ColumnElement[str]]) -> ColumnElement[str]:
    places = {id: kept(column) for id, column in field.columns.items()}
    if len({cells.column_id(column) for column in field.columns.values()}) == 1:
        return next(iter(places.values()))
    return case(*((ProcessInstance.process_id == id, place) for id, place in places.items()))


def figures(question: Question, fields: Fields, dialect: Dialect, now: datetime) -> Iterator[tuple[str, ColumnElement[Any]]]:
    """The columns that all figures are worked out of, each under a name of its own."""
    own = source(question)
    yield "n", func.count()
    ended = own.ended if is_by_state(question) or question.of == STEPS else case((CONCLUDED, own.ended))
    timed = ended.is_not(None) | own.ended.is_(None)
    seconds = dialect.seconds(own.started, ended)
    for place, name in enumerate(question.measures):
        if name == "in_time":
            over = own.due.is_not(None) & timed & or_(ended.is_not(None), own.due < now)
            yield f"a{place}", func.sum(case((ended <= own.due, 1), else_=0))
            yield f"b{place}", func.sum(case((over, 1), else_=0))
        elif name == "duration.median":
            yield f"a{place}", dialect.median(seconds)
        elif name == "duration.average":
            yield f"a{place}", func.sum(seconds)
            yield f"b{place}", func.count(seconds)
        elif (field := measured(name, fields)) is not None:
            yield f"a{place}", dialect.total(cell(field, dialect))
            yield f"b{place}", func.count(cell(field, dialect))


def is_by_handler(question: Question) -> bool:
    """Whether a question asks who did its steps: then a step counts once for each who did a part of it, as in the workload."""
    return question.of == STEPS and ("handler" in question.group or any(each.field == "handler" for each in question.where))


def is_by_state(question: Question) -> bool:
    """Whether a question says itself how its cases are to stand; without it, times are those of concluded cases alone."""
    return bool(question.state) or "state" in question.group or any(each.field == "state" for each in question.where)


def narrowed(question: Question, fields: Fields, dialect: Dialect) -> Iterator[ColumnElement[bool]]:
    """The conditions but for rights, processes and the period. Raises Invalid for a bound that is no number or day."""
    own = source(question)
    if question.of == STEPS:
        yield own.state != "cancelled"
    if question.state == "cancelled" and question.of != STEPS:
        yield own.state.in_(("cancelled", "void", "terminated"))
    elif question.state:
        yield own.state == (own.running if question.state == "active" else question.state)
    for each in question.where:
        yield _condition(fields[each.field], each, question, dialect)


def _condition(field: ReportField, asked: Condition, question: Question, dialect: Dialect) -> ColumnElement[bool]:
    declared = bool(field.columns)
    moment = field.kind == "moment" and not declared
    value = cell(field, dialect) if declared else grouped(AskedField(field, "day" if moment else ""), question, dialect)
    if asked.comparison == "empty":
        return and_(value.is_(None), _by_process(field, dialect.lines.other).is_(None)) if declared else value.is_(None)
    if asked.comparison == "has":
        return value.icontains(asked.value, autoescape=True)
    if asked.comparison == "is":
        return value == asked.value
    if asked.comparison == "not":
        return or_(value != asked.value, value.is_(None))
    return _bounded(field, value, asked)


def _bounded(field: ReportField, value: ColumnElement[str], asked: Condition) -> ColumnElement[bool]:
    is_from = asked.comparison == "from"
    if field.kind == "number":
        bound, number = cast(literal(register_filters.number(asked.value)), Numeric), cast(value, Numeric)
        return number >= bound if is_from else number <= bound
    if field.kind == "moment":
        first: date = register_filters.day(asked.value)
        return value >= first.isoformat() if is_from else value < (first + timedelta(days=1)).isoformat()
    return value >= asked.value if is_from else value <= asked.value


def within(moment: InstrumentedAttribute[Any], begins: datetime, over: datetime) -> ColumnElement[bool]:
    """That a moment is in a period."""
    return and_(moment >= begins, moment < over)
