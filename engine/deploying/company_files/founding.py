"""The first day of a company: it is set up with its first administrator and his people, from a page or the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import calendars, working
from engine.deploying.company_files import companies
from engine.files import sheets
from engine.people import actors
from engine.people.credentials import password_rules, passwords
from engine.storage import installation
from engine.storage.database import hold
from engine.storage.models import Company
from engine.verbs.organisation import persons
from engine.verbs.organisation.people_files import importing, people_table

MAX_NAME = 100
FIRST_FILE = "first day"
DEFAULT_HOURS = "09:00-12:00, 13:30-18:00"
NO_NAME = "Please say what the company is called."
ODD_ID = "An id is 2 to 30 small letters, digits and -, beginning with a letter: it stands in addresses and stays for ever."
TAKEN = "There is a company %(id)s already."
NO_ZONE = "There is no time zone “%(name)s”. One is, for example, Asia/Shanghai."
NO_CALENDAR = "There is no working calendar %(calendar)s."
NO_PERSON = "Please say your name."
NOT_SAME = "The two are not the same."
_ID = re.compile(r"[a-z][a-z0-9-]{1,29}")


class Fault(NamedTuple):
    """What is wrong with one answer."""

    answer: str
    refusal: errors.Refusal


@dataclass(frozen=True)
class Founding:
    """What is asked for on the first day; without a password the administrator gets a code to set one.

    `people` are the rows of a file of people, as `people_rows` reads it; `email` is the administrator's, if he has one.
    """

    id: str
    name: str
    administrator: str
    administrator_name: str
    password: str = ""
    time_zone: str = "Asia/Shanghai"
    calendar: str = "cn"
    working_hours: str = DEFAULT_HOURS
    people: tuple[tuple[str, ...], ...] = ()
    email: str = ""


def faults(new: Founding) -> dict[str, list[errors.Refusal]]:
    """What is wrong with each answer, by its name; needs no database."""
    return {each.answer: [each.refusal] for each in _faults(new)}


def found(session: Session, new: Founding, *, now: datetime) -> None:
    """Sets the company up, and takes in its people as the page for files of people does, with the groups that they name.

    Raises Invalid with `fields` for what is wrong, Conflict for an id that is taken.
    """
    wrong = faults(new)
    if wrong:
        raise errors.Invalid("Some answers are missing or wrong.", fields=wrong)
    hold(session, "founding")
    if session.execute(select(Company.id).where(Company.id == new.id)).scalar() is not None:
        raise errors.Conflict(TAKEN, id=new.id)
    companies.apply(session, companies.read(_file(new), companies.FILE), now=now)
    installation.keep(session, installation.DEMO, installation.NO)
    installation.forget(session, installation.SET_UP)
    if new.password:
        passwords.store(session, new.id, new.administrator, passwords.hash(new.password))
    session.flush()
    by = actors.load(session, new.id, new.administrator)
    if new.people and by is not None:
        importing.take_rows(session, by, new.people, FIRST_FILE, now=now, makes_groups=True)


def people_rows(content: bytes) -> tuple[tuple[str, ...], ...]:
    """The rows of a file of people; an empty one holds nobody. Raises Invalid for what is no table of people."""
    return _people(sheets.read(content)) if content.strip() else ()


def kept_rows(text: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a file that was handed in before, as `sheets.keep` wrote them. Raises Invalid as `people_rows`."""
    return _people(sheets.kept(text)) if text.strip() else ()


def _people(names: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    rows = tuple(tuple(row) for row in names)
    people_table.read(rows)
    return rows


def is_empty(session: Session) -> bool:
    """Whether there is no company yet."""
    return session.execute(select(Company.id).limit(1)).scalar() is None


def hours(text: str) -> list[str]:
    """Working hours from a line such as 09:00-12:00, 13:30-18:00."""
    return [each for each in re.split(r"[\s,，、;；]+", text) if each]


def _faults(new: Founding) -> Iterator[Fault]:
    if not _ID.fullmatch(new.id):
        yield Fault("id", errors.Refusal(ODD_ID))
    if not new.name or len(new.name) > MAX_NAME:
        yield Fault("name", errors.Refusal(NO_NAME))
    if new.time_zone not in available_timezones():
        yield Fault("time_zone", errors.Refusal(NO_ZONE, name=new.time_zone))
    yield from _of_time(new)
    refusal = persons.fault_of_username(new.administrator, ())
    if refusal is not None:
        yield Fault("administrator", refusal)
    if not new.administrator_name:
        yield Fault("administrator_name", errors.Refusal(NO_PERSON))
    if new.email and not persons.is_mail_address(new.email):
        yield Fault("email", errors.Refusal(persons.NO_ADDRESS))
    names = (new.administrator, new.administrator_name, new.id, new.name)
    refusal = password_rules.fault(new.password, names) if new.password else None
    if refusal is not None:
        yield Fault("password", refusal)


def _of_time(new: Founding) -> Iterator[Fault]:
    try:
        calendars.computed(calendars.country_of(new.calendar), 2026)
    except errors.Invalid:
        yield Fault("calendar", errors.Refusal(NO_CALENDAR, calendar=new.calendar))
    try:
        working.spans(hours(new.working_hours))
    except errors.Invalid as refusal:
        yield Fault("working_hours", refusal)


def _file(new: Founding) -> Mapping[str, Any]:
    """The same as a company.toml says it."""
    administrator = {"username": new.administrator, "name": new.administrator_name}
    return {
        "id": new.id,
        "name": new.name,
        "time_zone": new.time_zone,
        "calendar": new.calendar,
        "working_hours": hours(new.working_hours),
        "administrators": [new.administrator],
        "person": [administrator | ({"email": new.email} if new.email else {})],
    }
