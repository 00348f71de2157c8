"""Who has which role, by whom and when it was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.people import roles
from engine.people.actors import Actor
from engine.people.organisation import SECRECY
from engine.queries.organisation import reading
from engine.storage.models import RoleGrant

SHOWN = 200


@dataclass(frozen=True)
class Holder:
    """Somebody with a role; `of` is what it is given of in words, empty for everything."""

    username: str
    name: str
    scope: str
    of: str
    given_by: str = ""
    given_at: datetime | None = None


@dataclass(frozen=True)
class RoleLine:
    """A role, its holders, and of what it can be given: (value, words)."""

    role: roles.Role
    holders: list[Holder]
    scopes: list[tuple[str, str]]


def all_roles(session: Session, by: Actor) -> list[RoleLine]:
    """Every role with its holders. Raises Forbidden."""
    company = reading.company(session, by)
    grants = (
        session.execute(select(RoleGrant).where(RoleGrant.company_id == by.company_id).order_by(RoleGrant.key)).scalars().all()
    )
    processes = sorted(
        ((each.process_id, each.title) for each in definitions.all_latest(session, by.company_id)), key=lambda p: p[1]
    )
    units = [
        (unit.id, " / ".join(company.unit_called(each.id) for each in company.path_of(unit.id)))
        for unit in company.departments.values()
        if not unit.is_closed
    ]
    scopes = {
        roles.PROCESS: processes,
        roles.DEPARTMENT: sorted(units, key=lambda u: u[1]),
        roles.LEVEL: [(level, level) for level in SECRECY],
        roles.NOTHING: [],
    }
    lines = []
    for role in roles.ROLES.values():
        words = dict(scopes[role.of])
        if role.code == roles.ADMINISTRATOR:
            holders = [Holder(each, company.name_of(each), "", "") for each in company.administrators]
        else:
            holders = [
                Holder(
                    row.username,
                    company.name_of(row.username),
                    row.scope,
                    words.get(row.scope, row.scope),
                    company.name_of(row.granted_by),
                    row.granted_at,
                )
                for row in grants
                if row.role == role.code
            ]
        lines.append(RoleLine(role, holders, scopes[role.of]))
    return lines
