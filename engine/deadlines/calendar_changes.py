"""Changing the working calendar: what is due by working time moves with it, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.calendar import calendars
from engine.deadlines import moved_deadlines, rescheduling
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Company

SLACK = timedelta(days=32)  # a notice may settle days of the December before, too


@dataclass(frozen=True)
class Imported:
    """The years that a notice settled, and how many deadlines and timers moved with them."""

    years: list[int]
    moved: int


def import_notice(session: Session, by: Actor, base: str, content: bytes, *, now: datetime) -> Imported:
    """Stores a year's notice, as `calendars.import_notice`, and moves what is due by the days it changes.

    Raises Forbidden for others than administrators, Invalid with what is wrong in the file.
    """
    companies = _on(session, base, None if by.is_system else by.company_id)
    years = calendars.import_notice(session, by, base, content, now=now)
    return Imported(years, _move(session, companies, min(years), now))


def set_day(session: Session, by: Actor, base: str, day: date, is_workday: bool | None, note: str, *, now: datetime) -> int:
    """Makes a day one of work or one off for this company, as `calendars.set_day`; gives how many deadlines moved.

    Raises Forbidden for others than administrators, Invalid for a note that is too long.
    """
    companies = _on(session, base, by.company_id)
    calendars.set_day(session, by, base, day, is_workday, note)
    return _move(session, companies, day.year, now)


def seed(session: Session, base: str, years: Iterable[int], *, now: datetime) -> bool:
    """Stores what the holiday library knows of these years, as `calendars.seed`, for all companies on the calendar."""
    wanted, companies = list(years), _on(session, base, None)
    if not calendars.seed(session, base, wanted):
        return False
    session.execute(update(Company).where(Company.calendar == base).values(organisation_version=keys.new()))
    _move(session, companies, min(wanted), now)
    return True


def _on(session: Session, base: str, company_id: str | None) -> list[Organisation]:
    """The companies that a change of the calendar concerns, as they are before it."""
    wanted = select(Company.id).where(Company.calendar == base).order_by(Company.id)
    if company_id is not None:
        wanted = wanted.where(Company.id == company_id)
    found = [organisation.current(session, each) for each in session.execute(wanted).scalars().all()]
    for company in found:
        rescheduling.working_time(session, company)  # read now: afterwards the old days are gone
    return found


def _move(session: Session, companies: list[Organisation], first_year: int, now: datetime) -> int:
    """Moves the deadlines of all these companies; what is due before the first changed year stays by itself."""
    since = datetime(first_year, 1, 1, tzinfo=UTC) - SLACK
    moved = 0
    for before in companies:
        after = organisation.current(session, before.id)
        changes = rescheduling.changes(session, before, after, since)
        moved += moved_deadlines.write(session, after.id, changes, now=now)
    return moved
