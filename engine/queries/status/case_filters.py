"""By what figures of the past narrow the list of cases: version, when they ended, the way they took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from engine import errors
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.status import given
from engine.storage.models import CasePath, ProcessInstance, UserTask

LIMITS = ("limited", "late")  # of cases that had a deadline as they ended: all, those that ended after it


class Given(Protocol):
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


def narrowed(session: Session, by: Actor, filters: Given) -> Iterator[ColumnElement[bool]]:
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
    if filters.path:
        walked = (CasePath.company_id == by.company_id, CasePath.process_id == filters.process, CasePath.path == filters.path)
        yield row.key.in_(select(CasePath.instance_key).where(*walked))


def is_late(company_id: str, now: datetime) -> ColumnElement[bool]:
    """Whether a case is over its limit: its own, or where it has none that of an open step of it or of what it called.

    The rule by which a list shows until when (`engine.queries.cases.standing.Standing.limit`).
    """
    row, task, of = ProcessInstance, UserTask, aliased(ProcessInstance)
    late = (task.company_id == company_id, task.state == "open", task.due_at < now)
    own = select(task.instance_key).where(*late)
    called = select(of.root_key).join(task, task.instance_key == of.key).where(*late, of.parent_key.is_not(None))
    by_steps: ColumnElement[bool] = row.due_at.is_(None) & or_(row.key.in_(own), row.key.in_(called))
    return (row.due_at < now) | by_steps


def begin(day: str, time_zone: str, more: int = 0) -> datetime:
    """When a day begins in a zone, or so many days later. Raises Invalid for what is no date."""
    return datetime.combine(given.day(day) + timedelta(days=more), time(), ZoneInfo(time_zone))
