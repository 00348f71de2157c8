"""The named working calendars of a company, beside the standard one that the company itself holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Keyed, Owned


class WorkingCalendar(Keyed, Owned, Base):
    """A named calendar: `holidays` is a country ("cn") or "none", `weekdays` words (mon … sun), `hours` as a company's.

    `every_second` is a day (ISO) that is worked every second week from then on. `formerly` are names that diagrams may
    still say. Days set by hand are `CalendarDay`s under a name made from its key.
    """

    __tablename__ = "working_calendar"
    __table_args__ = (UniqueConstraint("company_id", "name"),)
    name: Mapped[str]
    holidays: Mapped[str]
    weekdays: Mapped[list[Any]]
    every_second: Mapped[str | None]
    hours: Mapped[list[Any]]
    formerly: Mapped[list[Any]] = mapped_column(default=list)
