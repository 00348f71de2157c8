"""What figures are about: a process, its version, a department, and a span of days; written in addresses, read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.status.narrowed import given as given_texts
from engine.storage.models import InsightDay, InsightState

SPANS = (28, 90, 365)  # days that one may choose
USUAL = 90
BEFORE = "before"


@dataclass(frozen=True)
class Extent:
    """`version` None and `department` "" mean all; `first` and `last` are days on the company's clock, both included.

    Of steps the department is that of whoever has or did the task, of cases that of the initiator.
    """

    first: date
    last: date
    process: str = ""
    version: int | None = None
    department: str = ""

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.last - self.first).days + 1

    @property
    def address(self) -> dict[str, str]:
        """What lists of what ended in it are asked with."""
        told = {"since": self.first.isoformat(), "until": self.last.isoformat(), **self.place}
        return told

    @property
    def place(self) -> dict[str, str]:
        """What lists of what is open now are asked with."""
        given = {"process": self.process, "version": str(self.version or ""), "department": self.department}
        return {name: value for name, value in given.items() if value}

    def within(self, company: Organisation) -> list[ColumnElement[bool]]:
        """The condition on `InsightDay`."""
        row = InsightDay
        conditions = [row.company_id == company.id, row.day >= self.first.toordinal(), row.day <= self.last.toordinal()]
        if self.process:
            conditions.append(row.process_id == self.process)
        if self.version is not None:
            conditions.append(row.version == self.version)
        if self.department:
            conditions.append(row.department.in_(company.below(self.department)))
        return conditions


def extent_of(company: Organisation, given: Mapping[str, str], process: str, *, now: datetime) -> Extent:
    """The extent that an address asks for (`days`, `version`, `department`). Raises Invalid for other spans, and for what is no version."""
    days = given.get("days") or str(USUAL)
    if days not in {str(each) for each in SPANS}:
        raise errors.Invalid("Figures are of %(spans)s days.", spans=", ".join(map(str, SPANS)))
    today = now.astimezone(ZoneInfo(company.time_zone)).date()
    extent = Extent(today - timedelta(days=int(days) - 1), today, process)
    return replace(extent, version=_version(given.get("version", "")), department=given.get("department", ""))


def against(extent: Extent, given: str) -> Extent | None:
    """What an extent is compared with: "before", "version:2", "department:sales", or "" for nothing. Raises Invalid for else."""
    kind, _colon, value = given.partition(":")
    if not given:
        return None
    if given == BEFORE:
        span = timedelta(days=extent.days)
        return replace(extent, first=extent.first - span, last=extent.last - span)
    if kind == "version":
        return replace(extent, version=_version(value))
    if kind == "department":
        return replace(extent, department=value)
    raise errors.Invalid("One compares with the period before, another version or another department.")


def followed(session: Session, by: Actor, process_id: str) -> Definition:
    """The newest version of a process, all of whose cases the person may read. Raises NotFound for another."""
    definition = next((each for each in definitions.all_latest(session, by.company_id) if each.process_id == process_id), None)
    if definition is None or not access.follows(by, definition):
        raise errors.NotFound(definitions.NO_PROCESS)
    return definition


def names(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and names of the processes all of whose cases the person may read, by name."""
    seen = [each for each in definitions.all_latest(session, by.company_id) if access.follows(by, each)]
    return sorted(((each.process_id, each.title) for each in seen), key=lambda pair: pair[1])


def of_version(session: Session, by: Actor, newest: Definition, version: int | None) -> Definition:
    """The definition whose diagram is shown. Raises NotFound for a version that there is not."""
    if version is None:
        return newest
    return definitions.of_version(session, by.company_id, newest.process_id, version)


def as_of(session: Session, company_id: str) -> datetime | None:
    """When the past was summed up last; None if it never was."""
    return session.execute(select(InsightState.as_of).where(InsightState.company_id == company_id)).scalar_one_or_none()


def _version(text: str) -> int | None:
    return given_texts.number(text) if text else None
