"""The roles by which people have rights beyond their own work, and of what each may be given."""

from __future__ import annotations

from dataclasses import dataclass

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
