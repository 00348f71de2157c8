"""Answers a report's question: one statement for all figures, its totals and the period that it is compared with."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.lines import cells
from engine.cases.personal import secret_data
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.reporting import fields as fields_of
from engine.reporting import spans, sql
from engine.reporting.fields import AskedField, Fields, Known
from engine.reporting.question import STEPS, Question
from engine.reporting.spans import Span
from engine.storage import database
from engine.storage.models import ProcessInstance, UserTask, WorkItem

MOST_LINES = 1000
AT_ONCE = 100_000  # cases: what is read while somebody waits
MOST = 5_000_000
NOW, EARLIER = "now", "earlier"
Keys = tuple[str | None, ...]
Figures = tuple[Decimal | None, ...]


@dataclass(frozen=True)
class AnswerLine:
    """One group: `keys` as SQL gave them, `names` as people read them; `before` are the figures of the period compared with."""

    keys: Keys
    names: tuple[str, ...]
    figures: Figures
    before: Figures | None = None


@dataclass(frozen=True)
class ReportAnswer:
    """Figures are in the order of `question.measures`: numbers, shares from 0 to 1, durations in seconds; None where there is nothing.

    `read` counts what was read, as far as the reader may see it, `read_before` that of the period compared with (None: not counted). `labels` name declared fields as whoever reads is told.
    """

    question: Question
    lines: tuple[AnswerLine, ...]
    total: Figures
    total_before: Figures | None
    span: Span | None
    earlier: Span | None
    read: int
    as_of: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    read_before: int | None = None

    @property
    def is_compared(self) -> bool:
        """Whether there is anything to be compared with; of nothing, a column of nothing would be shown."""
        return self.earlier is not None and self.read_before != 0


@dataclass(frozen=True)
class Extent:
    """How many cases or steps an answer would read: `rows` is 0 where each is looked at by right, so that none is told that is not to be seen."""

    rows: int
    is_too_large: bool


@dataclass(frozen=True)
class Asking:
    """A question with all that it takes to answer it for one person."""

    session: Session
    by: Actor
    question: Question
    fields: Fields
    company: Organisation
    now: datetime
    processes: Mapping[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The company's clock."""
        return ZoneInfo(self.company.time_zone)

    @cached_property
    def dialect(self) -> sql.Dialect:
        """How the database says it; of secret cases nothing that stands in their columns counts."""
        is_of_columns = any(each.columns for each in self.fields.values())
        closed = secret_data.closed(self.session, self.by, self.question.processes if is_of_columns else (), now=self.now)
        return sql.Dialect(database.is_sqlite(self.session), self.zone, cells.Lines(closed))

    @property
    def groups(self) -> list[AskedField]:
        """What it is grouped by."""
        return [field_asked for name in self.question.group if (field_asked := fields_of.asked(name, self.fields)) is not None]

    @property
    def span(self) -> Span | None:
        """The days that it is about; None for all time."""
        return spans.span(self.question.period, self.now.astimezone(self.zone).date())

    @property
    def earlier(self) -> Span | None:
        """The days that these are compared with."""
        if self.span is None or not self.question.compare:
            return None
        return spans.earlier(self.question.period, self.span, self.question.compare)

    def named(self, place: int, key: str | None) -> str:
        """A key of a group as people read it; "" for none."""
        kind, company = self.groups[place].field.kind, self.company
        if key is None:
            return ""
        if kind == "department":
            return company.unit_called(key) or key
        if kind == "person":
            return company.name_of(key)
        if kind == "process":
            return self.processes.get(key, key)
        return self.words.get(key, key) if kind == "text" else key

    @cached_property
    def words(self) -> Mapping[str, str]:
        """What texts of processes, as a choice of a form, are called in the reader's language; one statement where somebody reads."""
        return {**self.company.words, **telling.of_all(self.session, self.company.id)}

    @property
    def readable(self) -> list[str]:
        """Those of the processes of which the person may see a case: without a right over single ones, those that he follows."""
        asked = self.question.processes
        if self.by.reads_all or access.has_cases_by_role(self.session, self.by):
            return list(asked)
        followed = access.followed(self.session, self.by)
        return [each for each in asked if each in followed]

    def conditions(self, span: Span | None) -> list[ColumnElement[bool]]:
        """Which cases or steps are counted: those that the person follows, that fit, within these days."""
        is_followed = access.tasks_followed if self.question.of == STEPS else access.cases_followed
        return [is_followed(self.session, self.by), *self.fitting(span)]

    def fitting(self, span: Span | None) -> list[ColumnElement[bool]]:
        """Which cases or steps fit within these days, of all processes of which the person may see any."""
        row, dialect = ProcessInstance, self.dialect
        conditions: list[ColumnElement[bool]] = [row.company_id == self.by.company_id, row.process_id.in_(self.readable)]
        conditions += sql.narrowed(self.question, self.fields, dialect)
        if self.question.departments:
            below = {each for id in self.question.departments for each in self.company.below(id)}
            conditions.append(row.initiator_department.in_(sorted(below)))
        moment = getattr(sql.source(self.question), self.question.by)
        if span is not None:
            conditions.append(sql.within(moment, *span.moments(self.zone)))
        elif self.question.by == "ended":
            conditions.append(moment.is_not(None))
        return conditions

    def joined(self, statement: Select[Any]) -> Select[Any]:
        """A select from what is counted: cases, or steps with their cases."""
        if self.question.of == STEPS:
            steps = statement.select_from(UserTask).join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
            parts = (WorkItem.user_task_key == UserTask.key) & (WorkItem.state == "done")
            return steps.outerjoin(WorkItem, parts) if sql.is_by_handler(self.question) else steps
        return statement.select_from(ProcessInstance)


def known_fields(session: Session, by: Actor, processes: Iterable[str], of: str) -> dict[str, fields_of.ReportField]:
    """The fields that a question over these processes may name."""
    wanted = set(processes)
    return fields_of.known((each for each in definitions.all_latest(session, by.company_id) if each.process_id in wanted), of)


def label_ids(session: Session, by: Actor, processes: Iterable[str]) -> dict[str, str]:
    """What is kept with a saved report, so that a renamed field is told from one that is gone: label to column id."""
    fields = known_fields(session, by, processes, "")
    return {each.label: fields_of.first_id(each) for each in fields.values() if each.columns}


def asking(session: Session, by: Actor, question: Question, *, now: datetime, before: Known | None = None) -> Asking:
    """The question, checked against what its processes declare today.

    Raises NotFound where the person follows none of its processes, Invalid with all that is wrong in `fields["report"]`.
    """
    there = {each.process_id: each for each in definitions.all_latest(session, by.company_id)}
    missing = [errors.Refusal("There is no process “%(process)s”.", process=id) for id in question.processes if id not in there]
    chosen = [there[id] for id in question.processes if id in there]
    if chosen and not _may_read(session, by, chosen):
        raise errors.NotFound("There are no cases here that you may see.")
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    known = fields_of.known(chosen, question.of)
    lost = [id for id in question.departments if id not in company.departments]
    missing += [errors.Refusal("There is no department “%(name)s”.", name=id) for id in lost]
    wrong = [*missing, *fields_of.faults(question, known, before or {})]
    if wrong:
        raise errors.Invalid("This report asks for what is not there any more.", fields={"report": wrong})
    return Asking(session, by, question, known, company, now, {each.process_id: each.title for each in chosen})


def extent(asked: Asking) -> Extent:
    """How much an answer would read, counted once and no further than the worker goes."""
    gone_through = _count(asked, MOST)
    return Extent(0 if _is_by_case(asked) else gone_through, gone_through > MOST)


def is_large(asked: Asking) -> bool:
    """Whether an answer reads more than somebody waits for: all that fits is gone through, not only what the person may see.

    A right over single cases makes each of them about twice as dear.
    """
    limit = AT_ONCE // 2 if _is_by_case(asked) else AT_ONCE
    return _count(asked, limit) > limit


def _is_by_case(asked: Asking) -> bool:
    return access.has_cases_by_role(asked.session, asked.by)


def _count(asked: Asking, limit: int) -> int:
    inner = [asked.joined(select(literal(1).label("one"))).where(*asked.fitting(span)) for span in _spans(asked).values()]
    counted = union_all(*inner).limit(limit + 1).subquery()
    return asked.session.execute(select(func.count()).select_from(counted)).scalar_one()


def answer(asked: Asking) -> ReportAnswer:
    """The figures. Raises Invalid for more than `MOST_LINES` groups."""
    rows = asked.session.execute(_statement(asked)).mappings().all()
    if len(rows) > len(_spans(asked)) * (MOST_LINES + 1):
        raise errors.Invalid("This makes more than %(most)s lines. Please group by something coarser.", most=MOST_LINES)
    return _Reading(asked, rows).answer()


def _may_read(session: Session, by: Actor, chosen: Sequence[Definition]) -> bool:
    return any(access.follows(by, each) for each in chosen) or access.has_cases_by_role(session, by)


def _spans(asked: Asking) -> dict[str, Span | None]:
    return {NOW: asked.span} | ({EARLIER: asked.earlier} if asked.earlier is not None else {})


def _statement(asked: Asking) -> Any:
    parts = []
    for tag, span in _spans(asked).items():
        conditions = asked.conditions(span)
        if asked.groups:
            parts.append(_part(asked, tag, "1", conditions))
        parts.append(_part(asked, tag, "0", conditions))
    return union_all(*parts)


def _part(asked: Asking, tag: str, is_grouped: str, conditions: list[ColumnElement[bool]]) -> Any:
    names = [f"g{place}" for place in range(len(asked.groups))]
    expressions = [sql.grouped(each, asked.question, asked.dialect) for each in asked.groups]
    keys = expressions if is_grouped == "1" else [cast(null(), String) for _each in expressions]
    columns: list[Any] = [literal(tag).label("tag"), literal(is_grouped).label("grouped")]
    columns += [key.label(name) for key, name in zip(keys, names, strict=True)]
    columns += [each.label(name) for name, each in sql.figures(asked.question, asked.fields, asked.dialect, asked.now)]
    statement = asked.joined(select(*columns)).where(*conditions)
    if is_grouped == "0":
        return statement
    return select(statement.group_by(*names).limit(MOST_LINES + 2).subquery())


class _Reading:
    """Makes an answer of the rows of its statement."""

    def __init__(self, asked: Asking, rows: Sequence[Mapping[Any, Any]]) -> None:
        self.asked, self.rows = asked, rows
        self.names = range(len(asked.groups))
        self.totals = {each["tag"]: each for each in rows if each["grouped"] == "0"}

    def answer(self) -> ReportAnswer:
        """All lines in their order."""
        asked = self.asked
        now, earlier = self._by_keys(NOW), self._aligned()
        lines = [self._line(keys, now.get(keys), earlier) for keys in self._keys(now, earlier)]
        before = self._figures(self.totals[EARLIER], EARLIER) if EARLIER in self.totals else None
        total = self._figures(self.totals[NOW], NOW)
        return ReportAnswer(
            asked.question,
            tuple(lines),
            total,
            before,
            asked.span,
            asked.earlier,
            int(self.totals[NOW]["n"]),
            asked.now,
            {each.label: each.said for each in asked.fields.values() if each.said != each.label},
            int(self.totals[EARLIER]["n"]) if EARLIER in self.totals else None,
        )

    def _by_keys(self, tag: str) -> dict[Keys, Mapping[Any, Any]]:
        rows = (each for each in self.rows if each["tag"] == tag and each["grouped"] == "1")
        return {tuple(each[f"g{place}"] for place in self.names): each for each in rows}

    def _aligned(self) -> dict[Keys, Mapping[Any, Any]] | None:
        """The lines of the earlier period under the keys of this one: its first month stands beside the first month."""
        asked = self.asked
        if asked.earlier is None:
            return None
        axes = [self._axis(place, asked.span) for place in self.names]
        then = [self._axis(place, asked.earlier) for place in self.names]
        moved = [dict(zip(before, here, strict=False)) for before, here in zip(then, axes, strict=True)]
        return {
            tuple(step.get(key or "", key) for key, step in zip(keys, moved, strict=True)): row
            for keys, row in self._by_keys(EARLIER).items()
        }

    def _axis(self, place: int, span: Span | None) -> list[str]:
        """All steps of a group by the days of the period itself; none for another group."""
        asked = self.asked.groups[place]
        is_own = asked.field.name == self.asked.question.by and asked.unit
        return spans.steps(span, asked.unit) if span is not None and is_own else []

    def _keys(self, now: Mapping[Keys, Any], earlier: Mapping[Keys, Any] | None) -> list[Keys]:
        keys = {*now, *(earlier or {})}
        keys |= set(itertools.islice(self._empty(keys), MOST_LINES))
        return sorted(keys, key=lambda each: [self._rank(place, key, now) for place, key in enumerate(each)])

    def _empty(self, keys: Collection[Keys]) -> Iterator[Keys]:
        """Every step of the time that it is grouped by, beside each value of the other group: what did not happen is told as 0."""
        axes = [self._axis(place, self.asked.span) for place in self.names]
        if any(axes):
            others = [sorted({each[place] for each in keys}, key=str) for place in self.names]
            yield from itertools.product(*(axis or values for axis, values in zip(axes, others, strict=True)))

    def _rank(self, place: int, key: str | None, now: Mapping[Keys, Any]) -> tuple[bool, int, str]:
        """Days in their order; everything else the most frequent first, what has no value last."""
        if self.asked.groups[place].unit:
            return key is None, 0, key or ""
        return key is None, -self._frequent(now)[place].get(key, 0), key or ""

    def _frequent(self, now: Mapping[Keys, Any]) -> list[dict[str | None, int]]:
        counts: list[dict[str | None, int]] = [{} for _place in self.names]
        for keys, row in now.items():
            for place, key in enumerate(keys):
                counts[place][key] = counts[place].get(key, 0) + int(row["n"])
        return counts

    def _line(self, keys: Keys, row: Mapping[Any, Any] | None, earlier: Mapping[Keys, Any] | None) -> AnswerLine:
        names = tuple(self.asked.named(place, key) for place, key in enumerate(keys))
        before = None if earlier is None else self._figures(earlier.get(keys), EARLIER)
        return AnswerLine(keys, names, self._figures(row, NOW), before)

    def _figures(self, row: Mapping[Any, Any] | None, tag: str) -> Figures:
        return tuple(self._figure(place, name, row, tag) for place, name in enumerate(self.asked.question.measures))

    def _figure(self, place: int, name: str, row: Mapping[Any, Any] | None, tag: str) -> Decimal | None:
        n = int(row["n"]) if row else 0
        if name == "count":
            return Decimal(n)
        if name == "share":
            return _ratio(n, int(self.totals[tag]["n"]))
        if name.startswith("sum:") and not n:
            return Decimal(0)
        if row is None or row[f"a{place}"] is None:
            return None
        figure = Decimal(str(row[f"a{place}"]))
        if name == "duration.median":
            return figure
        if name.startswith("sum:"):
            return figure if row[f"b{place}"] else None
        return _ratio(figure, row[f"b{place}"])


def _ratio(part: Decimal | int, whole: Any) -> Decimal | None:
    return Decimal(part) / Decimal(int(whole)) if whole else None
