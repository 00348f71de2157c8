"""The named calendars of a company: made, changed, renamed without losing a process, made the default, taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import calendars, working
from engine.deadlines import calendar_uses
from engine.deadlines.calendar_changes import Moving, moving, require
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.people.working import named
from engine.people.working.named import STANDARD, USUAL, WEEKDAYS
from engine.storage import keys
from engine.storage.models import CalendarDay, Company, Department, Person, WorkingCalendar
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange

NOT_HERE = "There is no such calendar."
USED = {
    calendar_uses.DEFAULT: "The calendar is the company's default; make another one that first.",
    calendar_uses.PROCESS: "The process “%(name)s” counts its time by this calendar.",
    calendar_uses.STEP: "The step “%(step)s” of “%(name)s” counts its time by this calendar.",
    calendar_uses.DEPARTMENT: "It is the calendar of the department %(name)s.",
    calendar_uses.PERSON: "It is the calendar of %(name)s.",
}


@dataclass(frozen=True)
class CalendarValues:
    """What a calendar is told by: a country's code or "none", words of weekdays, a day (ISO) worked each second week, hours.

    Of the standard calendar only `holidays` and `hours` count.
    """

    name: str
    holidays: str = "cn"
    weekdays: tuple[str, ...] = USUAL
    every_second: str = ""
    hours: tuple[str, ...] = ("09:00-12:00", "13:30-18:00")


def values_of(company: Organisation, name: str) -> CalendarValues:
    """What one of the company's calendars is told by now. Raises NotFound."""
    if name == STANDARD:
        return CalendarValues(STANDARD, company.calendar, hours=tuple(map(str, company.working_hours)))
    calendar = company.calendars.get(name)
    if calendar is None:
        raise errors.NotFound(NOT_HERE)
    worked = tuple(WEEKDAYS[each] for each in sorted(calendar.weekdays))
    every = calendar.every_second.isoformat() if calendar.every_second else ""
    return CalendarValues(calendar.name, calendar.holidays, worked, every, calendar.hours)


def add(session: Session, by: Actor, values: CalendarValues, *, now: datetime) -> str:
    """A new calendar that nothing counts by yet; gives its name as it is kept. Raises Forbidden, Invalid with `fields`."""
    require(by)
    with changing.change(session, by, now=now) as change:
        checked = check(change.company, values, None)
        row = WorkingCalendar(key=keys.new(), company_id=by.company_id, formerly=[], **columns(checked))
        session.add(row)
        change.note("calendar_added", f"calendar:{checked.name}", name=checked.name)
    return checked.name


def alter(
    session: Session, by: Actor, name: str, values: CalendarValues, *, now: datetime, is_rehearsal: bool = False
) -> Moving:
    """Changes a calendar, its name too: what names it as before still means it. Raises Forbidden, NotFound, Invalid."""
    require(by)
    with (
        moving(session, Company.id == by.company_id, now=now, is_rehearsal=is_rehearsal) as begun,
        changing.change(session, by, now=now) as change,
    ):
        before = values_of(change.company, name)
        checked = check(change.company, replace(values, name=STANDARD) if name == STANDARD else values, before)
        if name == STANDARD:
            told = {"calendar": checked.holidays, "working_hours": list(checked.hours)}
            session.execute(update(Company).where(Company.id == by.company_id).values(**told))
        else:
            _store(change, before.name, checked)
        changed = changing.difference(_told(before), _told(checked))
        if before != checked:
            change.note("calendar_changed", f"calendar:{checked.name}", name=checked.name, changed=changed)
    return begun


def choose_default(session: Session, by: Actor, name: str, *, now: datetime, is_rehearsal: bool = False) -> Moving:
    """Makes a calendar the one that counts where nothing else is said. Raises Forbidden, NotFound."""
    require(by)
    with (
        moving(session, Company.id == by.company_id, now=now, is_rehearsal=is_rehearsal) as begun,
        changing.change(session, by, now=now) as change,
    ):
        chosen = values_of(change.company, name).name
        wanted = None if chosen == STANDARD else chosen
        session.execute(update(Company).where(Company.id == by.company_id).values(default_calendar=wanted))
        change.note("calendar_default", f"calendar:{chosen}", name=chosen)
    return begun


def remove(session: Session, by: Actor, name: str, *, now: datetime) -> None:
    """Takes a calendar away. Raises Forbidden, NotFound, Conflict that says who or what still counts by it."""
    require(by)
    with changing.change(session, by, now=now) as change:
        calendar = change.company.calendars.get(name)
        if calendar is None:
            raise errors.NotFound(NOT_HERE)
        used = next(iter(calendar_uses.uses(session, change.company, calendar)), None)
        if used is not None:
            raise errors.Conflict(USED[used.kind], name=used.name, step=used.step)
        take_away(session, calendar)
        change.note("calendar_removed", f"calendar:{calendar.name}", name=calendar.name)


def take_away(session: Session, calendar: named.WorkCalendar) -> None:
    """Removes a calendar's rows, its days set by hand among them."""
    session.execute(delete(CalendarDay).where(CalendarDay.calendar == calendars.of_key(calendar.key)))
    session.execute(delete(WorkingCalendar).where(WorkingCalendar.key == calendar.key))


def columns(values: CalendarValues) -> dict[str, Any]:
    """The values as they are stored."""
    told = {"weekdays": list(values.weekdays), "every_second": values.every_second or None, "hours": list(values.hours)}
    return {"name": values.name, "holidays": values.holidays, **told}


def check(company: Organisation, values: CalendarValues, before: CalendarValues | None) -> CalendarValues:
    """The values as they are stored. Raises Invalid with all faults in `fields`."""
    clean = replace(
        values,
        name=" ".join(values.name.split()),
        weekdays=tuple(each for each in WEEKDAYS if each in values.weekdays),
        hours=tuple(each.strip() for each in values.hours if each.strip()),
    )
    faults: dict[str, list[errors.Refusal]] = {}
    for field, refusal in (*_name_faults(company, clean.name, before), *faults_of(clean)):
        faults.setdefault(field, []).append(refusal)
    if faults:
        raise errors.Invalid(errors.ANOTHER_LOOK, fields=faults)
    return clean


def faults_of(values: CalendarValues) -> Iterator[tuple[str, errors.Refusal]]:
    """What is wrong with a calendar's values but for its name, by field."""
    try:
        calendars.computed(calendars.country_of(values.holidays), 2026)
    except errors.Invalid as refusal:
        yield "holidays", refusal
    try:
        working.spans(values.hours)
    except errors.Invalid as refusal:
        yield "hours", refusal
    if values.every_second and not _is_day(values.every_second):
        yield "every_second", errors.Refusal("This is not a date.")
    if not values.weekdays:
        yield "weekdays", errors.Refusal("Please choose at least one day on which people work.")


def _name_faults(company: Organisation, name: str, before: CalendarValues | None) -> Iterator[tuple[str, errors.Refusal]]:
    own = company.calendars.get(before.name) if before else None
    if before is not None and name == before.name:
        return
    try:
        changing.plain(name)
    except errors.Invalid as refusal:
        yield "name", errors.Refusal(refusal.text, fields=None, **refusal.values)
    if name == STANDARD or (name in company.calendars and company.calendars[name] is not own):
        yield "name", errors.Refusal("There is a calendar of this name already, or there was one.")


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _store(change: OrganisationChange, name: str, values: CalendarValues) -> None:
    mine = (WorkingCalendar.company_id == change.company_id, WorkingCalendar.name == name)
    row = change.session.execute(select(WorkingCalendar).where(*mine)).scalar_one()
    for column, value in columns(values).items():
        setattr(row, column, value)
    if values.name != name:
        row.formerly = [each for each in (*row.formerly, name) if each != values.name]
        _follow(change.session, change.company_id, name, values.name)


def _follow(session: Session, company_id: str, name: str, to: str) -> None:
    """Who names the calendar names it as it is called now."""
    for model in (Department, Person):
        mine = (model.company_id == company_id, model.calendar == name)
        session.execute(update(model).where(*mine).values(calendar=to))
    default = (Company.id == company_id, Company.default_calendar == name)
    session.execute(update(Company).where(*default).values(default_calendar=to))


def _told(values: CalendarValues) -> Mapping[str, Any]:
    """What the log tells of them."""
    week = {"weekdays": list(values.weekdays), "every_second": values.every_second, "hours": ", ".join(values.hours)}
    return {"name": values.name, "holidays": values.holidays, **week}


def fresh(session: Session, by: Actor) -> Organisation:
    """The company after a change of this very request."""
    return organisation.current(session, by.company_id)


def current(session: Session, by: Actor) -> Organisation:
    """The company as it is. Raises Forbidden for others than administrators."""
    require(by)
    return organisation.at_version(session, by.company_id, by.organisation_version)
