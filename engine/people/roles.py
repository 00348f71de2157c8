"""The roles by which people have rights beyond their own work, and of what each may be given."""

from __future__ import annotations

from dataclasses import dataclass

from engine.basics.sayings import Said

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
    """A role and what it is called; `of` is what it is given of, `may_be_all` whether the scope may be everything."""

    code: str
    called: Said
    of: str = NOTHING
    may_be_all: bool = True


ROLES = {
    role.code: role
    for role in (
        Role(ADMINISTRATOR, Said("系统管理员", "Administrator")),
        Role(ORGANISATION, Said("组织管理员", "Administrator of the organisation")),
        Role(OWNER, Said("流程负责人", "Owner of a process"), PROCESS),
        Role(MANAGER, Said("部门主管", "Manager of departments"), DEPARTMENT),
        Role(KEEPER, Said("档案管理员", "Keeper of records"), LEVEL, may_be_all=False),
        Role(OPERATOR, Said("运行管理员", "Operator")),
        Role(AUDITOR, Said("审计员", "Auditor")),
    )
}
