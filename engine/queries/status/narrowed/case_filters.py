"""By what figures of the past narrow the list of cases: version, when they ended, the way they took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from engine import errors
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.status.narrowed import given
from engine.storage.models import HAS_INCIDENTS, CasePath, Incident, Job, ProcessInstance, Subscription, Timer, UserTask

LIMITS = ("limited", "late")  # of cases that had a deadline as they ended: all, those that ended after it
# Where a running case lies; the first that holds of the first four, so that they make up all that run. The others name a step
# at which cases stopped or rest without a task, or the process that cases have called, going on or stopped there; after a
# second colon the call activity that it was called from, `UNKNOWN` for those of before that was kept.
LIES = ("stopped", "task", "called", "waiting")
UNKNOWN = "-"  # no element's id begins so
ACTIVE: ColumnElement[str] = literal_column("'active'")  # a parameter would hide from SQLite that the index fits
NAMED = ("stopped_at", "rests_at", "called_case", "called_stopped")


class GivenFilters(Protocol):
    """What an address gives, each "" for nothing."""

    @property
    def process(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def since(self) -> str: ...
    @property
    def until(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def limit(self) -> str: ...
    @property
    def lies(self) -> str: ...


def narrowed(session: Session, by: Actor, filters: GivenFilters) -> Iterator[ColumnElement[bool]]:
    """The conditions on `ProcessInstance`. Raises Invalid for days, versions and limits that cannot be read."""
    row = ProcessInstance
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if filters.version:
        yield row.version == given.number(filters.version)
    if filters.since:
        yield row.ended_at >= begin(filters.since, company.time_zone)
    if filters.until:
        yield row.ended_at < begin(filters.until, company.time_zone, 1)
    if filters.limit and filters.limit not in LIMITS:
        raise errors.Invalid("Cases are narrowed to those that had a deadline, or that ended after it.")
    if filters.limit:
        yield row.ended_at > row.due_at if filters.limit == "late" else row.ended_at.is_not(None) & row.due_at.is_not(None)
    if filters.lies:
        yield lying(by.company_id, filters.lies, filters.process)
    if filters.path:
        walked = (CasePath.company_id == by.company_id, CasePath.process_id == filters.process, CasePath.path == filters.path)
        yield row.key.in_(select(CasePath.instance_key).where(*walked))


def lying(company_id: str, given: str, process: str = "") -> ColumnElement[bool]:
    """Whether a case runs and lies where one of `LIES` says, or of `NAMED` with a name: `stopped_at:check`. Raises Invalid for else.

    Where all cases are of one `process`, the tasks of no other are looked through.
    """
    kind, _colon, name = given.partition(":")
    row = ProcessInstance
    running = row.state == "active"
    if kind == "rests_at" and name:
        return running & or_(*(place.where(of == name, case == row.key).exists() for case, of, place in _resting()))
    if kind in NAMED and name:
        return running & row.key.in_(_of_named(company_id, kind, name))
    if given not in LIES:
        raise errors.Invalid("Cases are not narrowed by such a place.")
    first = {
        "stopped": HAS_INCIDENTS,
        "task": row.key.in_(with_people(company_id, process)),
        "called": row.key.in_(calling(company_id)),
    }
    before = [each for kind, each in first.items() if LIES.index(kind) < LIES.index(given)]
    condition = running & first[given] if given in first else running
    for each in before:
        condition = condition & ~each
    return condition


def with_people(company_id: str, process: str = "") -> Select[int]:
    """The keys of the cases with an open task, of one process or of all."""
    of = [UserTask.process_id == process] if process else []
    return select(UserTask.instance_key).where(UserTask.company_id == company_id, UserTask.state == "open", *of)


def _of_named(company_id: str, kind: str, name: str) -> Select[Any]:
    if kind == "stopped_at":
        at = (Incident.company_id == company_id, Incident.state == "open", Incident.element_id == name)
        return select(Incident.instance_key).where(*at, Incident.instance_key.is_not(None))
    called, (process, _colon, element) = aliased(ProcessInstance), name.partition(":")
    from_ = [called.parent_element == (None if element == UNKNOWN else element)] if element else []
    stopped = [called.key.in_(held_up(company_id))] if kind == "called_stopped" else []
    return calling(company_id, called).where(called.process_id == process, *from_, *stopped)


def resting() -> CompoundSelect[Any]:
    """Element and case wherever a case rests without a task: for a time, a message, a system, a case it called, or stopped."""
    return union_all(*(place for _case, _element, place in _resting()))


def _resting() -> Iterator[tuple[Any, Any, Select[Any]]]:
    called = aliased(ProcessInstance)
    places: list[tuple[Any, Any, list[ColumnElement[bool]]]] = [
        (Timer.instance_key, Timer.element_id, []),
        (Subscription.instance_key, Subscription.element_id, []),
        (Job.instance_key, Job.element_id, [Job.state.in_(("open", "leased"))]),
        (Incident.instance_key, Incident.element_id, [Incident.state == "open"]),
        (called.parent_key, called.parent_element, [called.state == ACTIVE]),
    ]
    for case, element, conditions in places:
        yield (
            case,
            element,
            select(element.label("element_id"), case.label("instance_key")).where(case.is_not(None), *conditions),
        )


def held_up(company_id: str) -> Select[Any]:
    """The keys of running cases in which something stopped: in them, or in what they called, however deep."""
    row, below = ProcessInstance, aliased(ProcessInstance)
    running = (row.company_id == company_id, row.state == "active")
    stopped = select(row.key, row.parent_key).where(*running, HAS_INCIDENTS).cte("held_up", recursive=True)
    above = select(below.key, below.parent_key).where(below.key == stopped.c.parent_key, below.state == "active")
    return select(stopped.union(above).c.key)


def calling(company_id: str, called: Any = None) -> Select[Any]:
    """The keys of the cases that wait for one that they have called (`called`, an alias to narrow it by)."""
    of = called if called is not None else aliased(ProcessInstance)
    return select(of.parent_key).where(of.company_id == company_id, of.parent_key.is_not(None), of.state == ACTIVE)


def is_late(company_id: str, now: datetime) -> ColumnElement[bool]:
    """Whether a case is over a limit: its own, or that of an open step of it or of what it called.

    The rule by which a list shows until when (`engine.queries.cases.where.standing.Standing.limit`).
    """
    row, task, of = ProcessInstance, UserTask, aliased(ProcessInstance)
    late = late_steps(task, company_id, now)
    own = exists().where(task.instance_key == row.key, *late)  # case by case: a list of all that is late may be a very long one
    called = exists().where(of.root_key == row.key, of.parent_key.is_not(None), task.instance_key == of.key, *late)
    return or_(row.due_at < now, own, called)


def late_ways(company_id: str, now: datetime, process: Any) -> list[Select[int]]:
    """The keys of running cases of a process (a column) that `is_late` holds for by their own limit, and by their own open steps:
    without a case in common, each once, to be narrowed and read no further than wanted; `late_below` has the others.
    """
    row, task, sooner = ProcessInstance, UserTask, aliased(UserTask)
    running = (row.company_id == company_id, row.state == "active")
    by_limit = select(row.key).where(*running, row.process_id == process, row.due_at < now)
    by_step = select(row.key).join(task, task.instance_key == row.key).where(*running, _is_within(now))
    # Of which process a case is, its task says: asked of both, PostgreSQL would think that few are left and read them all.
    by_step = by_step.where(task.process_id == process, *late_steps(task, company_id, now))
    is_first = ~exists().where(
        sooner.instance_key == task.instance_key, *late_steps(sooner, company_id, now), sooner.key < task.key
    )
    return [by_limit, by_step.where(is_first)]


def late_below(company_id: str, now: datetime, *mine: ColumnElement[bool]) -> Select[str, int]:
    """How many cases of `mine` are late by nothing but an open step of what they called, by process."""
    row, own, below = ProcessInstance, aliased(UserTask), above_late(company_id, now)
    has_own = exists().where(own.instance_key == row.key, *late_steps(own, company_id, now))
    counted = select(row.process_id, func.count()).where(*mine, _is_within(now), row.key.in_(below), ~has_own)
    return counted.group_by(row.process_id)


def above_late(company_id: str, now: datetime) -> Select[int]:
    """The keys of the first cases of trees in which an open step of a called case is late."""
    task, of = aliased(UserTask), aliased(ProcessInstance)
    steps = select(of.root_key).join(task, task.instance_key == of.key)
    return steps.where(*late_steps(task, company_id, now), of.parent_key.is_not(None))


def _is_within(now: datetime) -> ColumnElement[bool]:
    """Whether a case is not over the limit of its own."""
    return or_(ProcessInstance.due_at.is_(None), ProcessInstance.due_at >= now)


def late_steps(task: Any, company_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions for open tasks (`task`, or an alias of them) that are over their limits."""
    return (task.company_id == company_id, task.state == "open", task.due_at < now)


def begin(day: str, time_zone: str, more: int = 0) -> datetime:
    """When a day begins in a zone, or so many days later. Raises Invalid for what is no date."""
    return datetime.combine(given.day(day) + timedelta(days=more), time(), ZoneInfo(time_zone))
