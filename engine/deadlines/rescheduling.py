"""Which open deadlines and timers another working calendar moves, found without locking or moving a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, undefer

from engine import errors, feel
from engine.calendar import due
from engine.calendar.working import Calendar
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.definitions import definitions
from engine.people.actors import SYSTEM
from engine.people.organisation import Organisation
from engine.people.working.named import STANDARD
from engine.storage.models import Extension, HistoryEvent, ProcessInstance, Timer, UserTask

NEAR = timedelta(hours=1)  # a cycle without an anchor counted from when it was due, a moment before `armed_at`
NEVER = 9999  # the year in which timers rest that nobody can fire

_Pair = tuple[Calendar, Calendar]
Context = Callable[[Surroundings], Mapping[str, Any]]


@dataclass(frozen=True)
class Deadline:
    """A due time and the warning ahead of it."""

    due_at: datetime | None
    warn_at: datetime | None = None


@dataclass(frozen=True)
class DeadlineChange:
    """The deadline of a row of `model` (a user task, a case, a timer) that moves."""

    model: type[UserTask] | type[ProcessInstance] | type[Timer]
    key: int
    instance_key: int
    root_key: int
    element_id: str | None
    name: str | None
    before: Deadline
    after: Deadline


@dataclass(frozen=True)
class _Asked:
    """A deadline as it was stored, the texts that it was made from, and its calendar before and after."""

    calendars: _Pair
    due: str
    warn: str
    start: datetime
    stored: Deadline
    context: Context
    instance: ProcessInstance | None


def read_all(session: Session, company: Organisation) -> None:
    """Reads every calendar of this version of the company, before a change takes its days away."""
    for name in ("", STANDARD, *company.calendars):
        Calendar.of(session, company, name)


def is_fixed() -> ColumnElement[bool]:
    """The SQL condition that a user task's deadline is a date somebody granted, which nothing counts anew."""
    return exists().where(Extension.user_task_key == UserTask.key, Extension.state == "granted")


def changes(session: Session, before: Organisation, after: Organisation, since: datetime) -> list[DeadlineChange]:
    """What of a company moves between two versions of it; what is due before `since` is not looked at.

    A fixed text ("5wd") is counted anew from its start. An expression is counted with both calendars and moves only
    if the old one still gives what is stored, as its variables may have changed since.
    """
    comparison = _Comparison(session, before, after, since)
    if not any(comparison.pair(name) for name in ("", STANDARD, *before.calendars, *after.calendars)):
        return []
    return [*comparison.tasks(), *comparison.cases(), *comparison.timers()]


class _Comparison:
    """One company, before and after."""

    def __init__(self, session: Session, before: Organisation, after: Organisation, since: datetime) -> None:
        self.session, self.before, self.after, self.since = session, before, after, since
        self._pairs: dict[str, _Pair | None] = {}

    def pair(self, name: str) -> _Pair | None:
        """The calendar of that name before and after; None where it is the same, so that nothing moves by it."""
        if name not in self._pairs:
            old, new = (Calendar.of(self.session, company, name) for company in (self.before, self.after))
            self._pairs[name] = None if old == new else (old, new)
        return self._pairs[name]

    def tasks(self) -> Iterator[DeadlineChange]:
        """Open user tasks; the state of a case is read only where the due time is an expression."""
        task, instance = UserTask, ProcessInstance
        columns = (
            task.key,
            task.instance_key,
            task.definition_key,
            task.element_id,
            task.name,
            task.token,
            task.created_at,
            task.due_at,
            task.warn_at,
            instance.root_key,
        )
        statement = (
            select(*columns)
            .join(instance, instance.key == task.instance_key)
            .where(
                task.company_id == self.after.id,
                task.state == "open",
                instance.state == "active",
                task.due_at >= self.since,
                ~is_fixed(),
            )
        )
        for row in self.session.execute(statement).all():
            definition = definitions.by_key(self.session, row.definition_key)
            pair = self.pair(definition.calendar_of(row.element_id))
            if pair is None:
                continue
            settings = definition.tasks[row.element_id]
            text = settings.due or definition.program.elements[row.element_id].due_date or ""
            expressed = feel.is_expression(text) or feel.is_expression(settings.warn)
            case = self._instance(row.instance_key) if expressed else None
            stored, context = Deadline(row.due_at, row.warn_at), _of_token(case, row.token)
            asked = _Asked(pair, text, settings.warn, row.created_at, stored, context, case)
            yield from self._change(UserTask, row.key, row.instance_key, row.root_key, row.element_id, row.name, asked)

    def cases(self) -> Iterator[DeadlineChange]:
        """Running cases; an expression sees what the case was started with, as it did then."""
        row = ProcessInstance
        of_company = (row.company_id == self.after.id, row.state == "active", row.due_at >= self.since)
        for instance in self.session.execute(select(row).where(*of_company)).scalars().all():
            settings = definitions.by_key(self.session, instance.definition_key).settings
            pair = self.pair(settings.calendar)
            if pair is None:
                continue
            asked = _Asked(
                pair,
                settings.due,
                settings.warn,
                instance.started_at,
                Deadline(instance.due_at, instance.warn_at),
                self._of_start(instance),
                instance,
            )
            yield from self._change(row, instance.key, instance.key, instance.root_key, None, None, asked)

    def timers(self) -> Iterator[DeadlineChange]:
        """Resting timers whose stored text counts working time."""
        timer, instance = Timer, ProcessInstance
        statement = (
            select(timer, instance.root_key, instance.definition_key)
            .join(instance, instance.key == timer.instance_key)
            .where(
                timer.company_id == self.after.id,
                timer.due_at >= self.since,
                or_(timer.expression.contains("wd"), timer.expression.contains("wh")),
            )
        )
        for row, root_key, definition_key in self.session.execute(statement).all():
            if row.due_at.year == NEVER or not due.counts_working_time(row.expression):
                continue
            definition = definitions.by_key(self.session, definition_key)
            pair = self.pair(definition.calendar_of(row.element_id))
            due_at = row.due_at if pair is None else _of_timer(row, *pair)
            if due_at != row.due_at:
                element = definition.program.elements[row.element_id]
                yield DeadlineChange(
                    timer, row.key, row.instance_key, root_key, element.id, element.name, Deadline(row.due_at), Deadline(due_at)
                )

    def _change(
        self,
        model: type[UserTask] | type[ProcessInstance],
        key: int,
        instance_key: int,
        root_key: int,
        element_id: str | None,
        name: str | None,
        asked: _Asked,
    ) -> Iterator[DeadlineChange]:
        try:
            after = self._deadline(asked)
        except errors.Refusal:
            return  # what cannot be counted any more stays as it was counted
        if after != asked.stored:
            yield DeadlineChange(model, key, instance_key, root_key, element_id, name, asked.stored, after)

    def _deadline(self, asked: _Asked) -> Deadline:
        due_at = self._due(asked)
        if not asked.warn or due_at is None:
            return Deadline(due_at, asked.stored.warn_at)
        warn = self._value(asked, asked.warn, self.after)
        return Deadline(due_at, due.before(str(warn or ""), due_at, asked.calendars[1]))

    def _due(self, asked: _Asked) -> datetime | None:
        if not asked.due:
            return asked.stored.due_at
        if not feel.is_expression(asked.due):
            return due.compute(asked.due, asked.start, asked.calendars[1])
        old, new = (
            due.compute(str(self._value(asked, asked.due, company)), asked.start, calendar)
            for company, calendar in zip((self.before, self.after), asked.calendars, strict=True)
        )
        return new if old == asked.stored.due_at else asked.stored.due_at

    def _value(self, asked: _Asked, text: str, company: Organisation) -> Any:
        """The value of a text as it would have been when the deadline was set, in that version of the company."""
        if not feel.is_expression(text):
            return text
        around = Surroundings(self.session, SYSTEM(company.id), asked.start)
        around.organisation = company
        functions = around.functions(asked.instance)
        return feel.to_json(feel.evaluate(feel.body(text), asked.context(around), functions=functions, now=around.local_now))

    def _instance(self, key: int) -> ProcessInstance:
        return self.session.get_one(ProcessInstance, key, options=[undefer(ProcessInstance.tokens)])

    def _of_start(self, instance: ProcessInstance) -> Context:
        def context(around: Surroundings) -> Mapping[str, Any]:
            event = HistoryEvent
            mine = (event.instance_key == instance.key, event.kind == "started")
            data = self.session.execute(select(event.data).where(*mine)).scalars().first() or {}
            always = {
                "initiator": instance.initiator,
                "instance_number": instance.number,
                "started_at": around.local_now.isoformat(),
            }
            return {name: feel.from_json(value) for name, value in {**data.get("values", {}), **always}.items()}

        return context


def _of_timer(timer: Timer, before: Calendar, after: Calendar) -> datetime:
    if not due.is_cycle(timer.expression):
        return due.compute(timer.expression, timer.armed_at, after, day_ends=False)
    anchor = timer.anchor or timer.armed_at
    old, new = (due.next(timer.expression, timer.armed_at, each, anchor=anchor) for each in (before, after))
    counts = old is not None and new is not None and abs(timer.due_at - old) < NEAR
    return timer.due_at + (new - old) if counts and old and new else timer.due_at


def _of_token(instance: ProcessInstance | None, token: str) -> Context:
    """What an expression at a token sees now."""

    def context(around: Surroundings) -> Mapping[str, Any]:
        return cases.look_into(around, instance).context(token) if instance is not None else {}

    return context
