"""People and departments of a company as its rows hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from engine.people.machines import scopes
from engine.people.roles import AUDITOR
from engine.storage.models import Department, MachineAccount, Person, RoleGrant


class Member(NamedTuple):
    """A person as others see them; `superior` is a username, `posts` keys of the company's posts, the main one first.

    `calendar` is the name of the working calendar that is the person's own. A tuple, as there are thousands in each version.
    """

    username: str
    name: str
    department: str | None
    email: str | None
    clearance: str
    is_administrator: bool
    is_disabled: bool
    language: str | None
    mobile: str | None = None
    employee_number: str | None = None
    superior: str | None = None
    is_auditor: bool = False
    calendar: str | None = None
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A department; `head` is a username, `parent` a department id, `calendar` names that of its people."""

    id: str
    name: str
    parent: str | None
    head: str | None
    is_closed: bool = False
    calendar: str | None = None


def people(
    session: Session, company_id: str, held: Mapping[str, tuple[str, ...]], known: Mapping[str, Member]
) -> dict[str, Member]:
    """The people of a company, those that are the same as `known` as the same objects; `held` are their posts."""
    audits = and_(RoleGrant.company_id == company_id, RoleGrant.username == Person.username, RoleGrant.role == AUDITOR)
    columns = (
        Person.username,
        Person.name,
        Person.department,
        Person.email,
        Person.clearance,
        Person.is_administrator,
        Person.is_disabled,
        Person.language,
        Person.mobile,
        Person.employee_number,
        Person.superior,
        exists().where(audits),
        Person.calendar,
    )
    rows = session.execute(select(*columns).where(Person.company_id == company_id).order_by(Person.key)).all()
    stored = {row[0]: (*row, held.get(row[0], ())) for row in rows}
    return {name: known[name] if known.get(name) == told else Member._make(told) for name, told in stored.items()}


def departments(session: Session, company_id: str) -> dict[str, Unit]:
    """The departments of a company, closed ones too."""
    row = Department
    columns = (row.id, row.name, row.parent, row.head, row.is_closed, row.calendar)
    rows = session.execute(select(*columns).where(Department.company_id == company_id).order_by(Department.key))
    return {row.id: Unit(*row) for row in rows}


def named_machines(session: Session, company_id: str) -> dict[str, str]:
    """What stands for each machine account where a person's name would; revoked ones stay, for what they did."""
    named = select(MachineAccount.key, MachineAccount.name).where(MachineAccount.company_id == company_id)
    return {scopes.username(key): f"{name} (API)" for key, name in session.execute(named)}
