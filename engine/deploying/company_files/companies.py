"""A company from its folder: company.toml with departments, groups and people, and the records of a demo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import settings as notice_settings
from engine.basics import toml_texts
from engine.basics.nearest import nearest
from engine.calendar import calendars, working
from engine.deadlines import calendar_changes
from engine.definitions import company_settings, declarations
from engine.definitions.languages import files
from engine.definitions.values import bounds
from engine.deploying.company_files import calendar_names, origin, own_values, role_files, sign_in_files
from engine.deploying.company_files.seeding import OF_COMPANY, OF_DEPARTMENT, OF_GROUP, OF_PERSON, PERSON, Seeding
from engine.intake import setup
from engine.people import leaving, memberships, organisation
from engine.people.organisation import SECRECY
from engine.records import policy as record_policy
from engine.records.demo import DemoRecord
from engine.storage.models import Company, Person
from engine.verbs.organisation import groups, lists, persons

FILE = "company.toml"
FAULT = "%(file)s: %(what)s"


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
    groups: dict[str, dict[str, list[str]]]
    people: list[dict[str, Any]]
    default_calendar: str | None = None
    working_calendars: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_demo: bool = False
    about: dict[str, str] = field(default_factory=dict)
    sign_in: Mapping[str, Any] | None = None

    @property
    def names(self) -> set[str]:
        """What its groups and departments are called, and what its own values are."""
        return {*self.groups, *(each["name"] for each in self.departments), *self.about.values()}


def load(path: Path) -> CompanyDefinition:
    """Reads a company.toml. Raises Invalid naming the file and what is wrong in it."""
    raw = _toml(path)
    if texts := files.of_folder(path.parent):
        raw["settings"] = files.joined(raw.get("settings") or {}, texts)
    definition = read(raw, path.name)
    beside = [each.name for each in path.parent.iterdir() if each.is_dir()]
    for fault in role_files.unknown_processes(definition.people, beside):
        raise errors.Invalid(FAULT, file=path.name, what=fault)
    return definition


def read(raw: Mapping[str, Any], file: str) -> CompanyDefinition:
    """What a company.toml says, of its tables; `file` is what a refusal names. Raises Invalid with what is wrong."""
    try:
        definition = _definition(raw)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise errors.Invalid(FAULT, file=file, what=f"{type(error).__name__}: {error}") from error
    for fault in _faults(raw, definition):
        raise errors.Invalid(FAULT, file=file, what=fault)
    return definition


def load_records(path: Path) -> list[DemoRecord]:
    """Reads a records.toml of a demo. Raises Invalid naming the file and what is wrong in it."""
    try:
        entered = [
            DemoRecord(**{name: value for name, value in each.items() if name != "ref"}) for each in _toml(path)["record"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise errors.Invalid(FAULT, file=path.name, what=str(error)) from error
    for each in entered:
        if each.secrecy not in SECRECY:
            raise errors.Invalid(FAULT, file=path.name, what=f"{each.name}: {each.secrecy}")
    return entered


@dataclass(frozen=True)
class Applied:
    """What a company.toml did: whether anything was stored, where the database differs, what people who left hold.

    `without_secret` are names of ways to sign in that cannot be offered before somebody enters their secret.
    """

    changed: bool
    differences: list[origin.Difference]
    holdings: list[leaving.Holding]
    without_secret: list[str]


def apply(
    session: Session,
    definition: CompanyDefinition,
    *,
    now: datetime,
    password_hash: str | None = None,
    replace: bool = False,
    source: str = "",
) -> Applied:
    """Stores what changed in the file; a second time it changes nothing.

    What was changed in the database since the file was last applied is left and told, as are people, groups and
    departments that it no longer names; with `replace` the file is obeyed: those people are disabled, their groups
    emptied. People who were never in the file and chosen languages stay. `password_hash` is for people without a
    password (demo); without it nobody who is new can sign in. `source` names the folder, as in `origin.Folder`. The calendar of last year to next year is seeded.
    Raises Invalid when nobody could administer the company any more. Deadlines move with its calendars.
    """
    with calendar_changes.moving(session, Company.id == definition.id, now=now):
        folder = origin.Folder(session, definition.id, replace, source)
        return _apply(session, definition, folder, now=now, password_hash=password_hash)


def _apply(
    session: Session, definition: CompanyDefinition, folder: origin.Folder, *, now: datetime, password_hash: str | None
) -> Applied:
    seeding = Seeding(session, folder)
    seeding.company({name: getattr(definition, name) for name in OF_COMPANY})
    seeding.calendars(definition.working_calendars)
    seeding.departments({each["id"]: {name: each[name] for name in OF_DEPARTMENT} for each in definition.departments})
    people = {each["username"]: each for each in definition.people}
    at_first = {name: {"language": each["language"], "password_hash": password_hash} for name, each in people.items()}
    seeding.people({name: {field: each[field] for field in OF_PERSON} for name, each in people.items()}, at_first)
    seeding.posts({name: each["posts"] for name, each in people.items()})
    seeding.groups(definition.groups)
    seeding.roles({name: each["roles"] for name, each in people.items()}, now=now)
    seeding.drop_departments([each["id"] for each in definition.departments])
    seeding.drop_calendars(definition.working_calendars)
    seeding.require_administrator()
    sign_in = None if definition.sign_in is None else sign_in_files.read(definition.sign_in, _names_of_groups(definition))
    without_secret = sign_in_files.apply(session, folder, sign_in, now=now)
    _give_passwords(session, definition, password_hash)
    year = now.astimezone(ZoneInfo(definition.time_zone)).year
    is_seeded = calendars.seed(session, definition.calendar, range(year - 1, year + 2))
    if seeding.changed or is_seeded:
        organisation.changed(session, definition.id)
        lists.order(session, definition.id, now=now)
    left = _left_behind(session, definition, folder)
    return Applied(seeding.changed or is_seeded, folder.differences, left, without_secret)


def _give_passwords(session: Session, definition: CompanyDefinition, password_hash: str | None) -> None:
    named = [each["username"] for each in definition.people]
    mine = (Person.company_id == definition.id, Person.username.in_(named), Person.password_hash.is_(None))
    if password_hash is not None:
        session.execute(update(Person).where(*mine).values(password_hash=password_hash))


def _left_behind(session: Session, definition: CompanyDefinition, folder: origin.Folder) -> list[leaving.Holding]:
    """What is held by people who are disabled, or whom the file no longer names."""
    disabled = select(Person.username).where(Person.company_id == definition.id, Person.is_disabled.is_(True))
    gone = set(session.execute(disabled).scalars())
    gone |= {each.name for each in folder.differences if each.kind == PERSON and not each.fields}
    return leaving.holdings(session, definition.id, gone)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return toml_texts.read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise errors.Invalid(FAULT, file=path.name, what=str(error)) from error


def _definition(raw: Mapping[str, Any]) -> CompanyDefinition:
    said = _said("", raw)
    administrators = list(said["administrators"])
    named = {each["name"]: {name: list(each[name]) for name in OF_GROUP} for each in _rows("group", raw)}
    return CompanyDefinition(
        raw["id"],
        raw["name"],
        said["time_zone"],
        said["calendar"],
        list(said["working_hours"]),
        dict(said["settings"] or {}),
        dict(said["policy"] or {}),
        [_department(each) for each in _rows("department", raw)],
        named,
        [_person(each, administrators) for each in _rows("person", raw)],
        said["default_calendar"],
        {each["name"]: calendar_names.stored(each) for each in _rows("working_calendar", raw)},
        said["demo"],
        dict(said["about"] or {}),
        None if said["sign_in"] is None else dict(said["sign_in"]),
    )


def _said(place: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A table with the defaults of what it leaves out."""
    declared = declarations.settings_of(company_settings.TABLES[place])
    return {name: table.get(name, setting.default) for name, setting in declared.items()}


def _rows(place: str, raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tables of one kind; what has no default must be there."""
    required = {
        "department": ("id", "name"),
        "group": ("name",),
        "working_calendar": ("name",),
        "person": ("username", "name"),
    }[place]
    return [_said(place, each) | {name: each[name] for name in required} for each in raw.get(place, [])]


def _department(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ("id", "name", "parent", "head", "calendar")} | {"is_closed": said["closed"]}


def _person(said: Mapping[str, Any], administrators: Iterable[str]) -> dict[str, Any]:
    taken = (
        "username",
        "name",
        "department",
        "email",
        "clearance",
        "language",
        "mobile",
        "employee_number",
        "superior",
        "calendar",
    )
    own = {name: said[name] for name in taken} | {"posts": list(said["posts"]), "roles": list(said["roles"])}
    return own | {"is_administrator": said["username"] in administrators, "is_disabled": said["disabled"]}


def _of_tables(raw: Mapping[str, Any]) -> Iterable[str]:
    """Names that nothing obeys, with the nearest that something does, and values that are not of their type."""
    tables = [("", raw), ("policy", raw.get("policy", {})), ("settings.records", raw.get("settings", {}).get("records", {}))]
    tables += [(kind, each) for kind in ("department", "group", "person", "working_calendar") for each in raw.get(kind, [])]
    tables += [("sign_in", raw.get("sign_in", {}))]
    tables += [("settings.bounds", each) for each in bounds.lines(raw.get("settings", {})).values()]
    tables += [("sign_in.way", each) for each in raw.get("sign_in", {}).get("way", [])]
    for place, table in tables:
        known = declarations.settings_of(company_settings.TABLES[place])
        owner = str(table.get("username") or table.get("name") or "") if place else ""
        where = " of ".join(filter(None, (place, owner)))
        for name in sorted(table):
            if name not in known:
                similar = nearest(name, known)
                hint = f", did you mean {similar}?" if similar else ""
                yield f"unknown setting {name}{f' in {where}' if where else ''}{hint}"
            elif declarations.fault(known[name], table[name]):
                yield f"{f'{where}: ' if where else ''}{name} is {known[name].type}"


def _faults(raw: Mapping[str, Any], definition: CompanyDefinition) -> Iterable[str]:
    yield from sign_in_files.faults(raw.get("sign_in", {}), _names_of_groups(definition))
    yield from _of_tables(raw)
    yield from calendar_names.faults(definition)
    people = [each["username"] for each in definition.people]
    units = [each["id"] for each in definition.departments]
    yield from (f"{name} stands twice" for names in (people, units) for name in names if names.count(name) > 1)
    yield from (
        f"the username {name} is not plain letters, digits, dots, hyphens, @ and _"
        for name in people
        if persons.fault_of_username(name, ()) is not None
    )
    yield from (f"group {name}: {odd}" for name in definition.groups if (odd := groups.name_fault(name)) is not None)
    yield from (f"{each['username']}: {each['clearance']}" for each in definition.people if each["clearance"] not in SECRECY)
    named = [each["head"] for each in definition.departments] + [each["superior"] for each in definition.people]
    named += [each for group in definition.groups.values() for each in group["members"]]
    yield from _missing("person", [*named, *raw.get("administrators", [])], people)
    places = [each["parent"] for each in definition.departments] + [each["department"] for each in definition.people]
    yield from _missing("department", places, units)
    yield from _circles(definition.departments)
    yield from _circles_of_superiors(definition.people)
    busy = {each["head"] for each in definition.departments} | set(raw.get("administrators", []))
    busy |= {each for group in definition.groups.values() for each in group["members"]}
    for person in definition.people:
        yield from role_files.faults(person, units, busy)
    for name, group in definition.groups.items():
        yield from (f"group {name}: {fault}" for rule in group["rules"] if (fault := _rule_fault(rule, units)))
    yield from own_values.faults(definition.settings, definition.about)
    policy = definition.settings.get("records", {})
    yield from _missing("group", [*policy.get("readers", []), *policy.get("keepers", [])], definition.groups)
    try:
        working.spans(definition.working_hours)
        calendars.computed(calendars.country_of(definition.calendar), 2026)
        ZoneInfo(definition.time_zone)
        setup.check(definition.settings)
        record_policy.check(definition.settings)
        notice_settings.check(definition.settings)
        yield from (message % values for message, values in files.faults(definition.settings.get(files.TEXTS, {})))
    except (errors.Invalid, KeyError, ValueError, OSError) as error:
        yield str(error)


def _circles_of_superiors(people: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """People who would lead each other; each circle once."""
    superiors = {each["username"]: each["superior"] for each in people}
    circles = (organisation.circle_of(name, superiors) for name in superiors)
    yield from dict.fromkeys(f"superiors in a circle: {', '.join(sorted(circle))}" for circle in circles if circle)


def _names_of_groups(definition: CompanyDefinition) -> set[str]:
    """What groups are called, and were called before."""
    former = (name for group in definition.groups.values() for name in group["formerly"])
    return {*definition.groups, *former}


def _circles(departments: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Departments that stand above themselves."""
    parents = {each["id"]: each["parent"] for each in departments}
    for id in parents:
        at, passed = parents[id], {id}
        while at is not None and at not in passed:
            passed.add(at)
            at = parents.get(at)
        if at == id:
            yield f"the department {id} stands above itself"


def _rule_fault(rule: str, units: Collection[str]) -> str | None:
    kind, _colon, value = rule.partition(":")
    if kind not in memberships.RULES or (not value and kind != memberships.HEADS):
        return f"unknown rule {rule}; write department:ID, below:ID, post:NAME or heads"
    if kind != memberships.POST and value:
        return next(_missing("department", [value], units), None)
    return None


def _missing(kind: str, names: Iterable[str | None], known: Collection[str]) -> Iterator[str]:
    """The names that nobody and nothing here bears, each with the nearest."""
    for name in names:
        if name and name not in known:
            similar = nearest(name, known)
            yield f"there is no {kind} {name}" + (f", did you mean {similar}?" if similar else "")
