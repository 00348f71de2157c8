"""The roles by which people have rights beyond their own work, and of what each may be given."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from engine.storage.models import Person, RoleGrant

ADMINISTRATOR = "administrator"
ORGANISATION = "organisation"
OWNER = "process_owner"
MANAGER = "manager"
KEEPER = "records_keeper"
OPERATOR = "operator"
AUDITOR = "auditor"
# What a role is given of: nothing further, a process, a department with all below it, records up to a level of secrecy.
NOTHING, PROCESS, DEPARTMENT, LEVEL = "", "process", "department", "level"
EVERYTHING = ""


@dataclass(frozen=True)
class Role:
    """A role; `of` is what it is given of, `may_be_all` whether the scope may be everything."""

    code: str
    of: str = NOTHING
    may_be_all: bool = True


ROLES = {
    role.code: role
    for role in (
        Role(ADMINISTRATOR),
        Role(ORGANISATION),
        Role(OWNER, PROCESS),
        Role(MANAGER, DEPARTMENT),
        Role(KEEPER, LEVEL, may_be_all=False),
        Role(OPERATOR),
        Role(AUDITOR),
    )
}


def has_rights(session: Session, company_id: str, username: str) -> bool:
    """Whether the person administers or has a role: his account opens more than his own work."""
    mine = (Person.company_id == company_id, Person.username == username)
    granted = exists().where(RoleGrant.company_id == company_id, RoleGrant.username == username)
    return session.execute(select(Person.key).where(*mine, or_(Person.is_administrator, granted))).first() is not None
