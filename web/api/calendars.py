"""The company's working calendars, for administrators: read, made, changed, their days set, taken away."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import errors
from engine.deadlines import calendar_changes, named_calendars
from engine.deadlines.calendar_changes import Moving
from engine.deadlines.named_calendars import CalendarValues
from engine.people.organisation import Organisation
from engine.people.working.named import STANDARD
from engine.queries.api import fields
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.shapes import schemas, wrong
from web.api.shapes.bodies import refused
from web.frame import storage

PATH = f"{PREFIX}/calendars"
OWN = "standard"  # the key of the calendar that the company itself holds
KINDS = {"work": True, "off": False, "usual": None}


@blueprint.get(PATH)
def list_calendars() -> dict[str, Any]:
    """All working calendars of the company, the standard one first."""
    with storage.reading() as session:
        company = named_calendars.current(session, auth.current_actor())
    names = [STANDARD, *(name for name, each in company.calendars.items() if each.name == name)]
    return {"items": [_told(company, name) for name in names]}


@blueprint.post(PATH)
@blueprint.input(schemas.Calendar, arg_name="body")
def create_calendar(body: schemas.Calendar) -> dict[str, Any]:
    """Make a working calendar, by which nothing counts yet."""
    with wrong.by_members(FIELDS), storage.transaction() as session:
        by = auth.current_actor()
        name = named_calendars.add(session, by, _values(body), now=storage.now())
        company = named_calendars.fresh(session, by)
    return {"key": str(company.calendars[name].key)}


@blueprint.put(f"{PATH}/<key>")
@blueprint.input(schemas.CalendarChange, arg_name="body")
def update_calendar(key: str, body: schemas.CalendarChange) -> dict[str, Any]:
    """Change a working calendar, or only tell what that would move."""
    with wrong.by_members(FIELDS), storage.transaction() as session:
        by, now = auth.current_actor(), storage.now()
        return _moved(
            named_calendars.alter(
                session,
                by,
                _named(named_calendars.current(session, by), key),
                _values(body),
                now=now,
                is_rehearsal=body.isRehearsal,
            )
        )


@blueprint.post(f"{PATH}/<key>/days")
@blueprint.input(schemas.CalendarDays, arg_name="body")
def set_calendar_days(key: str, body: schemas.CalendarDays) -> dict[str, Any]:
    """Set days of a working calendar by hand, or only tell what that would move."""
    days = dict(_day(day, kind) for day, kind in body.days.items())
    with storage.transaction() as session:
        by, now = auth.current_actor(), storage.now()
        name = _named(named_calendars.current(session, by), key)
        return _moved(calendar_changes.set_days(session, by, name, days, body.reason, now=now, is_rehearsal=body.isRehearsal))


@blueprint.post(f"{PATH}/<key>/default")
@blueprint.input(schemas.Rehearsed, arg_name="body")
def choose_default_calendar(key: str, body: schemas.Rehearsed) -> dict[str, Any]:
    """Make a working calendar the one that counts where nothing else is said, or only tell what that would move."""
    with storage.transaction() as session:
        by, now = auth.current_actor(), storage.now()
        name = _named(named_calendars.current(session, by), key)
        return _moved(named_calendars.choose_default(session, by, name, now=now, is_rehearsal=body.isRehearsal))


@blueprint.delete(f"{PATH}/<key>")
def delete_calendar(key: str) -> tuple[str, int]:
    """Take away a working calendar by which nothing counts."""
    with storage.transaction() as session:
        by = auth.current_actor()
        named_calendars.remove(session, by, _named(named_calendars.current(session, by), key), now=storage.now())
    return "", 204


FIELDS = ("name", "holidays", "weekdays", "everySecond", "hours")


def _values(body: schemas.Calendar) -> CalendarValues:
    return CalendarValues(body.name, body.holidays, tuple(body.weekdays), body.everySecond, tuple(body.hours))


def _named(company: Organisation, key: str) -> str:
    """The name of the calendar of that key. Raises NotFound."""
    if key == OWN:
        return STANDARD
    wanted = fields.key(key)
    name = next((each.name for each in company.calendars.values() if each.key == wanted), None)
    if name is None:
        raise errors.NotFound(named_calendars.NOT_HERE)
    return name


def _told(company: Organisation, name: str) -> dict[str, Any]:
    values, calendar = named_calendars.values_of(company, name), company.calendars.get(name)
    return {
        "key": str(calendar.key) if calendar else OWN,
        "name": values.name,
        "isDefault": name == (company.default_calendar or STANDARD),
        "holidays": values.holidays,
        "weekdays": list(values.weekdays),
        "everySecond": values.every_second,
        "hours": list(values.hours),
        "formerNames": list(calendar.formerly) if calendar else [],
    }


def _moved(done: Moving) -> dict[str, Any]:
    return {"moves": len(done.changes), "moved": done.moved}


def _day(day: str, kind: str) -> tuple[date, bool | None]:
    try:
        return date.fromisoformat(day), KINDS[kind]
    except (ValueError, KeyError) as error:
        raise refused("“%(name)s” is no day with one of work, off and usual.", day) from error
