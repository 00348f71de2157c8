"""Changing working calendars: what is due by working time moves with them, in the same transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import calendars
from engine.deadlines import moved_deadlines, rescheduling
from engine.deadlines.rescheduling import DeadlineChange
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.people.working.named import STANDARD
from engine.storage.models import Company
from engine.verbs.organisation import changing

SLACK = timedelta(days=32)  # a notice may settle days of the December before, too
FOR_ADMINISTRATORS = "Only an administrator may change the working calendar."


@dataclass(frozen=True)
class Imported:
    """The years that a notice settled, and how many deadlines and timers moved with them."""

    years: list[int]
    moved: int


@dataclass
class Moving:
    """A change of calendars under way; at its end `changes` are what moves by it, and `moved` how many of them were moved.

    What is due before `since` is not looked at.
    """

    since: datetime
    changes: list[DeadlineChange] = field(default_factory=list)
    moved: int = 0


@contextlib.contextmanager
def moving(session: Session, of: ColumnElement[bool], *, now: datetime, is_rehearsal: bool = False) -> Iterator[Moving]:
    """Changes calendars of these companies and moves their deadlines; of a rehearsal nothing stays, and all is told."""
    wanted = select(Company.id).where(of).order_by(Company.id)
    companies = [organisation.current(session, each) for each in session.execute(wanted).scalars().all()]
    for company in companies:
        rescheduling.read_all(session, company)  # read now: afterwards the old days are gone
    begun = Moving(now)
    with contextlib.suppress(_Rehearsed), session.begin_nested() if is_rehearsal else contextlib.nullcontext():
        yield begun
        session.flush()
        for before in companies:
            _follow(session, before, begun, now if not is_rehearsal else None)
        if is_rehearsal:
            raise _Rehearsed


def _follow(session: Session, before: Organisation, begun: Moving, now: datetime | None) -> None:
    """Finds what moves of a company, and moves it unless that is only rehearsed (no `now`)."""
    after = organisation.current(session, before.id)
    changes = rescheduling.changes(session, before, after, begun.since)
    begun.changes += changes
    begun.moved += moved_deadlines.write(session, after.id, changes, now=now) if now else 0


class _Rehearsed(Exception):
    """Undoes what was only tried."""


def import_notice(session: Session, by: Actor, base: str, content: bytes, *, now: datetime) -> Imported:
    """Stores a year's notice, as `calendars.import_notice`, and moves what is due by the days it changes.

    Raises Forbidden for others than administrators, Invalid with what is wrong in the file.
    """
    of = calendars.keeps(base) if by.is_system else Company.id == by.company_id
    with moving(session, of, now=now) as begun:
        years = calendars.import_notice(session, by, base, content, now=now)
        begun.since = _since(min(years))
    return Imported(years, begun.moved)


def set_days(
    session: Session,
    by: Actor,
    name: str,
    days: Mapping[date, bool | None],
    note: str,
    *,
    now: datetime,
    is_rehearsal: bool = False,
) -> Moving:
    """Makes days of one of the company's calendars ones of work or off, or (None) as they are without that.

    `name` is the calendar's. Raises Forbidden for others than administrators, NotFound, Invalid for a note that is too
    long or no days.
    """
    require(by)
    if not days:
        raise errors.Invalid("Please click the days that are to change.")
    with moving(session, Company.id == by.company_id, now=now, is_rehearsal=is_rehearsal) as begun:
        begun.since = _since(min(days).year)
        with changing.change(session, by, now=now) as change:
            calendars.set_days(session, hand_of(change.company, name), days, note)
            told = {day.isoformat(): is_workday for day, is_workday in sorted(days.items())}
            change.note("calendar_days", f"calendar:{name}", name=name, days=told, why=note.strip())
    return begun


def hand_of(company: Organisation, name: str) -> str:
    """Under which name the days set by hand of one of its calendars are stored. Raises NotFound."""
    if name == STANDARD:
        return calendars.by_hand(calendars.of_company(company.calendar, company.id))
    if name not in company.calendars:
        raise errors.NotFound("There is no such calendar.")
    return calendars.of_key(company.calendars[name].key)


def require(by: Actor) -> None:
    """Raises Forbidden for others than a company's administrators."""
    if not by.is_administrator or by.is_system:
        raise errors.Forbidden(FOR_ADMINISTRATORS)


def seed(session: Session, base: str, years: Iterable[int], *, now: datetime) -> bool:
    """Stores what the holiday library knows of these years, as `calendars.seed`, for all companies on the calendar.

    Where nothing is missing, as on most days, no company is looked at.
    """
    wanted = [each.year for each in calendars.missing(session, base, years)]
    if not wanted:
        return False
    with moving(session, calendars.keeps(base), now=now) as begun:
        begun.since = _since(min(wanted))
        calendars.seed(session, base, wanted)
        calendars.mark_changed(session, calendars.keeps(base))
    return True


def _since(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC) - SLACK
