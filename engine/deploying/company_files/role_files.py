"""Roles as a company.toml writes them: `auditor`, `manager:DEPARTMENT`, `process_owner:PROCESS`, `records_keeper:LEVEL`; without a scope, of everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.nearest import nearest
from engine.people import leaving, roles
from engine.people.actors import SYSTEM_USERNAME
from engine.people.organisation import SECRECY
from engine.storage import keys
from engine.storage.models import RoleGrant

ROLES = {code: role for code, role in roles.ROLES.items() if code != roles.ADMINISTRATOR}  # those stand at the top of the file
HOLDS_MORE = "%(name)s is an auditor in the file, but still holds tasks, groups or departments in the database."


def faults(person: Mapping[str, Any], units: Collection[str], busy: Collection[str]) -> Iterator[str]:
    """What is wrong with somebody's roles; `busy` are people who administer, head a department or belong to a group by name."""
    username = person["username"]
    for text in person["roles"]:
        code, _colon, scope = text.partition(":")
        role = ROLES.get(code)
        if role is None:
            similar = nearest(code, ROLES)
            yield f"{username}: there is no role {code}" + (f", did you mean {similar}?" if similar else "")
        elif fault := _scope_fault(role, scope, units):
            yield f"{username}: {fault}"
    if roles.AUDITOR in person["roles"] and (len(person["roles"]) > 1 or username in busy):
        yield f"{username}: an auditor has no other role, no group and no department to head"


def _scope_fault(role: roles.Role, scope: str, units: Collection[str]) -> str | None:
    if not scope:
        return None if role.may_be_all else f"the role {role.code} is given of something, as {role.code}:{SECRECY[1]}"
    if role.of == roles.NOTHING:
        return f"the role {role.code} is given of nothing further, not of {scope}"
    known = {roles.DEPARTMENT: units, roles.LEVEL: SECRECY}.get(role.of)
    if known is None or scope in known:
        return None
    similar = nearest(scope, known)
    return f"there is no {role.of} {scope}" + (f", did you mean {similar}?" if similar else "")


def unknown_processes(people: Iterable[Mapping[str, Any]], known: Collection[str]) -> Iterator[str]:
    """Owners of processes that the folder does not have."""
    for person in people:
        for text in person["roles"]:
            code, _colon, scope = text.partition(":")
            if code == roles.OWNER and scope and scope not in known:
                similar = nearest(scope, known)
                yield f"{person['username']}: there is no process {scope}" + (f", did you mean {similar}?" if similar else "")


def of_company(session: Session, company_id: str) -> dict[str, list[str]]:
    """Everybody's roles as the file writes them, sorted."""
    row, grants = RoleGrant, dict[str, list[str]]()
    for username, code, scope in session.execute(select(row.username, row.role, row.scope).where(row.company_id == company_id)):
        grants.setdefault(username, []).append(f"{code}:{scope}" if scope else code)
    return {username: sorted(texts) for username, texts in grants.items()}


def give(session: Session, company_id: str, username: str, wanted: Iterable[str], *, now: datetime) -> None:
    """Makes these roles, and no others, the person's. Raises Invalid for an auditor who still holds something."""
    row = RoleGrant
    mine = select(row).where(row.company_id == company_id, row.username == username)
    there = {(each.role, each.scope): each for each in session.execute(mine).scalars()}
    pairs = {(code, scope) for code, _colon, scope in (text.partition(":") for text in wanted)}
    if (roles.AUDITOR, roles.EVERYTHING) in pairs - there.keys() and leaving.holdings(session, company_id, [username]):
        raise errors.Invalid(HOLDS_MORE, name=username)
    for pair in there.keys() - pairs:
        session.delete(there[pair])
    for code, scope in sorted(pairs - there.keys()):
        of = {"company_id": company_id, "username": username, "role": code, "scope": scope}
        session.add(row(key=keys.new(), granted_by=SYSTEM_USERNAME, granted_at=now, **of))
    session.flush()
