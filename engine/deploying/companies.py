"""A company from its folder: company.toml with departments, groups and people, and the records of a demo."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import calendars, working
from engine.intake import setup
from engine.people import organisation
from engine.people.actors import SYSTEM_USERNAME
from engine.people.organisation import SECRECY
from engine.records import policy as record_policy
from engine.storage import keys
from engine.storage.models import Company, Department, Membership, Person

ADMINISTRATORS = "公司管理员"
FAULT = "%(file)s: %(what)s"
_COMPANY = {
    "id",
    "name",
    "time_zone",
    "calendar",
    "working_hours",
    "administrators",
    "settings",
    "policy",
    "department",
    "group",
    "person",
}


@dataclass(frozen=True)
class CompanyDefinition:
    """What a company.toml says; lists of rows as they go into the tables."""

    id: str
    name: str
    time_zone: str
    calendar: str
    working_hours: list[str]
    settings: dict[str, Any]
    policy: dict[str, Any]
    departments: list[dict[str, Any]]
    groups: dict[str, list[str]]
    people: list[dict[str, Any]]


@dataclass(frozen=True)
class DemoRecord:
    """A customer record of a demo; `hold` is the reason it may not be destroyed."""

    name: str
    secrecy: str
    content: dict[str, Any]
    number: str | None = None
    keeper: str | None = None
    copies: list[Any] = field(default_factory=list)
    last_business_on: date | None = None
    hold: str = ""
    hold_kind: str = "frozen"


def load(path: Path) -> CompanyDefinition:
    """Reads a company.toml. Raises Invalid naming the file and what is wrong in it."""
    raw = _toml(path)
    try:
        definition = _definition(raw)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise errors.Invalid(FAULT, file=path.name, what=f"{type(error).__name__}: {error}") from error
    for fault in _faults(raw, definition):
        raise errors.Invalid(FAULT, file=path.name, what=fault)
    return definition


def load_records(path: Path) -> list[DemoRecord]:
    """Reads a records.toml of a demo. Raises Invalid naming the file and what is wrong in it."""
    try:
        found = [DemoRecord(**{name: value for name, value in each.items() if name != "ref"}) for each in _toml(path)["record"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise errors.Invalid(FAULT, file=path.name, what=str(error)) from error
    for each in found:
        if each.secrecy not in SECRECY:
            raise errors.Invalid(FAULT, file=path.name, what=f"{each.name}: {each.secrecy}")
    return found


def apply(session: Session, definition: CompanyDefinition, *, now: datetime, password_hash: str | None = None) -> bool:
    """Stores what the file says, and says whether that changed anything; a second time it changes nothing.

    What the file does not name stays: people added in the browser, chosen languages, disabled accounts. Groups of
    the file get exactly its members. `password_hash` is for people without a password (demo);
    without it nobody who is new can sign in. The calendar of last year to next year is seeded.
    """
    changes = [_apply_company(session, definition)]
    changes.append(_apply_departments(session, definition))
    changes.append(_apply_people(session, definition, password_hash))
    changes.append(_apply_groups(session, definition))
    year = now.astimezone(ZoneInfo(definition.time_zone)).year
    changes.append(calendars.seed(session, definition.calendar, range(year - 1, year + 2)))
    if any(changes):
        organisation.changed(session, definition.id)
    return any(changes)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise errors.Invalid(FAULT, file=path.name, what=str(error)) from error


def _definition(raw: Mapping[str, Any]) -> CompanyDefinition:
    administrators = raw.get("administrators", [])
    groups = {each["name"]: list(each.get("members", [])) for each in raw.get("group", [])}
    groups.setdefault(ADMINISTRATORS, list(administrators))
    return CompanyDefinition(
        raw["id"],
        raw["name"],
        raw.get("time_zone", "Asia/Shanghai"),
        raw.get("calendar", "cn"),
        list(raw.get("working_hours", ["09:00-12:00", "13:30-18:00"])),
        dict(raw.get("settings", {})),
        dict(raw.get("policy", {})),
        [
            {"id": each["id"], "name": each["name"], "parent": each.get("parent"), "head": each.get("head")}
            for each in raw.get("department", [])
        ],
        groups,
        [_person(each, administrators) for each in raw.get("person", [])],
    )


def _person(raw: Mapping[str, Any], administrators: Iterable[str]) -> dict[str, Any]:
    return {
        "username": raw["username"],
        "name": raw["name"],
        "department": raw.get("department"),
        "email": raw.get("email"),
        "clearance": raw.get("clearance", "内部"),
        "language": raw.get("language"),
        "is_administrator": raw["username"] in administrators,
    }


def _faults(raw: Mapping[str, Any], definition: CompanyDefinition) -> Iterable[str]:
    yield from (f"unknown setting {name}" for name in raw.keys() - _COMPANY)
    people = [each["username"] for each in definition.people]
    units = [each["id"] for each in definition.departments]
    yield from (f"{name} stands twice" for names in (people, units) for name in names if names.count(name) > 1)
    yield from (
        f"the username {name} is not plain letters, digits and _"
        for name in people
        if not (name.isascii() and name.isidentifier()) or name == SYSTEM_USERNAME
    )
    yield from (f"{each['username']}: {each['clearance']}" for each in definition.people if each["clearance"] not in SECRECY)
    named = [each["head"] for each in definition.departments] + [each for group in definition.groups.values() for each in group]
    yield from (f"there is no person {name}" for name in named if name and name not in people)
    places = [each["parent"] for each in definition.departments] + [each["department"] for each in definition.people]
    yield from (f"there is no department {id}" for id in places if id and id not in units)
    try:
        working.spans(definition.working_hours)
        calendars.computed(calendars.country_of(definition.calendar), 2026)
        ZoneInfo(definition.time_zone)
        setup.check(definition.settings)
        record_policy.check(definition.settings)
    except (errors.Invalid, KeyError, ValueError, OSError) as error:
        yield str(error)


def _apply_company(session: Session, definition: CompanyDefinition) -> bool:
    names = ("name", "time_zone", "calendar", "working_hours", "settings", "policy")
    values = {name: getattr(definition, name) for name in names}
    columns = [getattr(Company, name) for name in names]
    there = session.execute(select(*columns).where(Company.id == definition.id)).one_or_none()
    if there is None:
        session.execute(insert(Company).values(id=definition.id, organisation_version=keys.new(), **values))
    elif dict(there._mapping) != values:
        session.execute(update(Company).where(Company.id == definition.id).values(**values))
    else:
        return False
    return True


def _apply_departments(session: Session, definition: CompanyDefinition) -> bool:
    rows = {row.id: row for row in session.execute(select(Department).where(Department.company_id == definition.id)).scalars()}
    changed = False
    for each in definition.departments:
        row = rows.get(each["id"])
        if row is None:
            session.add(Department(key=keys.new(), company_id=definition.id, **each))
            changed = True
        else:
            changed |= _assign(row, each)
    session.flush()
    return changed


def _apply_people(session: Session, definition: CompanyDefinition, password_hash: str | None) -> bool:
    rows = {row.username: row for row in session.execute(select(Person).where(Person.company_id == definition.id)).scalars()}
    changed = False
    for each in definition.people:
        row = rows.get(each["username"])
        if row is None:
            session.add(Person(key=keys.new(), company_id=definition.id, password_hash=password_hash, **each))
            changed = True
            continue
        changed |= _assign(row, {name: value for name, value in each.items() if name != "language"})
        row.password_hash = row.password_hash or password_hash
    session.flush()
    return changed


def _apply_groups(session: Session, definition: CompanyDefinition) -> bool:
    statement = select(Membership.group_name, Membership.username).where(
        Membership.company_id == definition.id, Membership.group_name.in_(definition.groups)
    )
    there = {(row.group_name, row.username) for row in session.execute(statement)}
    wanted = dict.fromkeys((group, name) for group, names in definition.groups.items() for name in names)
    for group, name in there - wanted.keys():
        session.execute(
            delete(Membership).where(
                Membership.company_id == definition.id, Membership.group_name == group, Membership.username == name
            )
        )
    fresh = [
        {"key": keys.new(), "company_id": definition.id, "group_name": group, "username": name}
        for group, name in wanted
        if (group, name) not in there
    ]
    if fresh:
        session.execute(insert(Membership), fresh)
    return bool(fresh) or bool(there - wanted.keys())


def _assign(row: Department | Person, values: Mapping[str, Any]) -> bool:
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)
