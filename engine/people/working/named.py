"""The named working calendars of a company [工作日历], as its organisation knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage.models import WorkingCalendar

STANDARD = "标准日历"  # the name of the calendar that the company itself holds
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
USUAL = WEEKDAYS[:5]
NO_HOLIDAYS = "none"


@dataclass(frozen=True)
class WorkCalendar:
    """A named calendar: whose holidays it keeps, which weekdays are worked (0 is Monday), at which hours.

    `every_second` is a day that is worked every second week from then on.
    """

    key: int
    name: str
    holidays: str
    weekdays: frozenset[int]
    every_second: date | None
    hours: tuple[str, ...]
    formerly: tuple[str, ...] = ()


def of_company(session: Session, company_id: str) -> dict[str, WorkCalendar]:
    """The calendars by every name that means them, the present one and those of before; one statement."""
    rows = session.execute(
        select(WorkingCalendar).where(WorkingCalendar.company_id == company_id).order_by(WorkingCalendar.name)
    )
    calendars = [of_row(row) for row in rows.scalars()]
    return {name: each for each in calendars for name in (each.name, *each.formerly)}


def of_row(row: WorkingCalendar) -> WorkCalendar:
    """A calendar as it is stored."""
    return WorkCalendar(
        row.key,
        row.name,
        row.holidays,
        frozenset(map(WEEKDAYS.index, row.weekdays)),
        date.fromisoformat(row.every_second) if row.every_second else None,
        tuple(row.hours),
        tuple(row.formerly),
    )
