"""The company's own name; departments: opened, renamed, moved below another, given a head, closed, opened again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters.pinyin import initials
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.members import Unit
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Company, Department, GroupRule, ProcessInstance
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange, fault

PATH_SIGN = "/"
ID = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(frozen=True)
class DepartmentValues:
    """What a department is told by; `parent` is a department's id, `head` a username, `calendar` a name; all may be empty."""

    name: str
    parent: str = ""
    head: str = ""
    calendar: str = ""


def rename_company(session: Session, by: Actor, name: str, *, now: datetime) -> None:
    """Gives the company another name. Raises Forbidden, Invalid with `fields` for an empty or another company's name."""
    with changing.change(session, by, now=now) as change:
        if not by.is_administrator:
            raise errors.Forbidden("Only an administrator gives the company another name.")
        name, before = changing.plain(name), change.company.name
        others = select(exists().where(Company.name == name, Company.id != by.company_id))
        if session.execute(others).scalar_one():
            raise fault("name", "Another company of this installation is called so.")
        session.execute(update(Company).where(Company.id == by.company_id).values(name=name))
        if name != before:
            change.note("company_renamed", "company", name=name, changed={"name": [before, name]})


def open(session: Session, by: Actor, values: DepartmentValues, *, id: str = "", now: datetime) -> str:
    """A new department; gives its id, made from its name unless it is given. Raises Forbidden, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        if id and not ID.fullmatch(id):
            raise fault("id", "Only plain letters, digits, dots, hyphens and _ may stand here.")
        if id in change.company.departments:
            raise fault("id", "There is a department with this code already.")
        checked = check(change.company, values, None)
        id = id or free_id(change.company, checked.name)
        add(change, id, checked)
    return id


def add(change: OrganisationChange, id: str, values: DepartmentValues) -> None:
    """Stores a department that was checked."""
    named = _stored(values)
    change.session.add(Department(key=keys.new(), company_id=change.company_id, id=id, **named))
    change.note("department_opened", f"department:{id}", **named)


def alter(session: Session, by: Actor, id: str, values: DepartmentValues, *, now: datetime) -> None:
    """Renames a department, moves it, changes its head. Raises NotFound, Forbidden, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        row = _row(change, id)
        checked = check(change.company, values, id)
        after = _stored(checked)
        changed = changing.difference({name: getattr(row, name) for name in after}, after)
        for name, value in after.items():
            setattr(row, name, value)
        if changed:
            change.note("department_changed", f"department:{id}", changed=changed, name=checked.name)


def move(session: Session, by: Actor, id: str, parent: str, *, now: datetime) -> str:
    """Puts a department below another, or at the top for ""; gives its name. Raises as `alter`."""
    unit = organisation.current(session, by.company_id).departments.get(id)
    if unit is None or unit.is_closed:
        raise errors.NotFound("There is no such department.")
    alter(session, by, id, DepartmentValues(unit.name, parent, unit.head or "", unit.calendar or ""), now=now)
    return unit.name


def close(session: Session, by: Actor, id: str, *, now: datetime) -> None:
    """Closes a department in which nobody and nothing is left; it stays for the cases that name it.

    Raises NotFound, Forbidden, Conflict that says what is left in it.
    """
    with changing.change(session, by, now=now) as change:
        row = _row(change, id)
        left = next(remains(session, change.company, id), None)
        if left is not None:
            raise left
        row.is_closed, row.head = True, None
        change.note("department_closed", f"department:{id}", name=row.name)


def reopen(session: Session, by: Actor, id: str, *, now: datetime) -> None:
    """Opens a closed department again. Raises NotFound, Forbidden, Conflict when its name or the department above is gone."""
    with changing.change(session, by, now=now) as change:
        row = _row(change, id)
        check(change.company, DepartmentValues(row.name, row.parent or ""), id)
        row.is_closed = False
        change.note("department_reopened", f"department:{id}", name=row.name)


def remains(session: Session, company: Organisation, id: str) -> Iterator[errors.Conflict]:
    """What keeps a department from being closed."""
    people = [each for each in company.people.values() if each.department == id and not each.is_disabled]
    if people:
        yield errors.Conflict("%(n)s people still belong to it, %(name)s among them.", n=len(people), name=people[0].name)
    below = [each.name for each in company.departments.values() if each.parent == id and not each.is_closed]
    if below:
        yield errors.Conflict("The department %(name)s still stands below it.", name=below[0])
    running = (ProcessInstance.company_id == company.id, ProcessInstance.state == "active")
    if session.execute(select(exists().where(*running, ProcessInstance.initiator_department == id))).scalar_one():
        yield errors.Conflict("Cases that it began are still running.")
    rule = GroupRule
    mine = (rule.company_id == company.id, rule.value == id, rule.kind != "post")
    group = session.execute(select(rule.group_name).where(*mine).limit(1)).scalar()
    if group is not None:
        yield errors.Conflict("The group %(name)s takes its members from it.", name=group)


def check(company: Organisation, values: DepartmentValues, id: str | None) -> DepartmentValues:
    """The values as they are stored. Raises Invalid with `fields` for what cannot be."""
    name = changing.plain(values.name)
    if PATH_SIGN in name:
        raise fault("name", "A department's name holds no slash: lists of people write departments with those above them.")
    parent = company.departments.get(values.parent)
    if values.parent and (parent is None or parent.is_closed):
        raise fault("parent", "There is no such department.")
    if id is not None and values.parent and values.parent in company.below(id):
        raise fault("parent", "A department cannot stand below itself.")
    if any(_is_twin(each, name, values.parent) and each.id != id for each in company.departments.values()):
        raise fault("name", "There is a department of this name at this place already.")
    if values.head and not company.is_active(values.head):
        raise fault("head", "There is no person “%(name)s” who could act.", name=company.name_of(values.head))
    if values.calendar and not company.has_calendar(values.calendar):
        raise fault("calendar", "There is no such calendar.")
    return DepartmentValues(name, values.parent, values.head, values.calendar)


def _stored(values: DepartmentValues) -> dict[str, str | None]:
    return {name: value or None for name, value in asdict(values).items()}


def free_id(company: Organisation, name: str, taken: set[str] | frozenset[str] = frozenset()) -> str:
    """An id for a new department, from the initials of its name."""
    base = re.sub(r"[^a-z0-9]", "", initials(name))[:20] or "d"
    names = [base, *(f"{base}{number}" for number in range(2, len(company.departments) + len(taken) + 3))]
    return next(each for each in names if each not in company.departments and each not in taken)


def _is_twin(unit: Unit, name: str, parent: str) -> bool:
    return unit.name == name and (unit.parent or "") == parent and not unit.is_closed


def _row(change: OrganisationChange, id: str) -> Department:
    mine = (Department.company_id == change.company_id, Department.id == id)
    row = change.session.execute(select(Department).where(*mine)).scalar_one_or_none()
    if row is None:
        raise errors.NotFound("There is no such department.")
    return row
