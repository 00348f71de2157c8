"""Who may know customer records, of many people or many records at once: level, and circle [知悉范围] of the newest version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import actors, roles
from engine.people.actors import Actor
from engine.people.organisation import SECRECY, Organisation, level_of
from engine.records import policy
from engine.records import versions as record_versions
from engine.records.catalogue import CatalogueLine
from engine.records.knowing import circle
from engine.storage.copies.snapshots import Snapshots
from engine.storage.models import CustomerRecord, Person, RoleGrant

NO_KEEPER = "%(name)s cannot keep this record: %(why)s"
NOT_CLEARED = "he or she may not read records of the level %(secrecy)s."
Version = tuple[int, int]  # of a record, by its key
# Who may know a version never changes: the fields of its circle.
_circles: Snapshots[Version, dict[str, Any]] = Snapshots(limit=50_000)


def outside(
    session: Session, company: Organisation, by: Actor, versions: Iterable[Version], *, now: datetime
) -> dict[int, errors.Refusal]:
    """Why the person stands outside the circle, by record; nothing for those within, and where there is none. At most one statement."""
    names = [name for name in circle.fields(company) if name]
    wanted = list(versions) if names else []

    def load(missing: Collection[Version]) -> Mapping[Version, dict[str, Any]]:
        contents = record_versions.newest(session, [key for key, _version in missing])
        return {at: {name: contents.get(at[0], {}).get(name) for name in names} for at in missing}

    today = now.astimezone(ZoneInfo(company.time_zone)).date()
    circles = _circles.get_all(session, wanted, load) if wanted else {}
    refused = ((key, circle.why_not(company, by, known_to, today)) for (key, _version), known_to in circles.items())
    return {key: why for key, why in refused if why is not None}


def closed(session: Session, company: Organisation, by: Actor, lines: Iterable[CatalogueLine], *, now: datetime) -> set[int]:
    """Which of these records the person may not open: above his clearance, or known to others."""
    told = list(lines)
    open_to_his_level = [(line.key, line.version) for line in told if not line.is_masked and line.state == "active"]
    masked = {line.key for line in told if line.is_masked}
    return masked | outside(session, company, by, open_to_his_level, now=now).keys()


def cleared(session: Session, company: Organisation, people: Iterable[str], level: str) -> list[str]:
    """Those of these people who may read records of a level, in their order; one statement."""
    names = list(dict.fromkeys(people))
    groups = policy.named(company, "readers") | policy.named(company, "keepers")
    listed = {name for group in groups for name in company.members_of(group)}
    reached: dict[str, int] = {}
    for username, clearance, role, scope in session.execute(_rights(company.id, names)) if names else ():
        levels = [clearance, scope if role == roles.KEEPER else clearance]
        if username in listed or role == roles.KEEPER:
            reached[username] = max(reached.get(username, -1), *map(level_of, levels))
    return [name for name in names if reached.get(name, -1) >= level_of(level or SECRECY[0])]


def require_keeper(
    session: Session, company: Organisation, row: CustomerRecord, content: Mapping[str, Any], *, now: datetime
) -> None:
    """Raises Invalid where whoever keeps a record could not read it himself: its level, its circle, or none at all."""
    if not row.keeper:
        return
    keeper = actors.load(session, company.id, row.keeper)
    today = now.astimezone(ZoneInfo(company.time_zone)).date()
    if keeper is None or not cleared(session, company, [row.keeper], row.secrecy):
        why: errors.Refusal | None = errors.Refusal(NOT_CLEARED, secrecy=row.secrecy)
    else:
        why = circle.why_not(company, keeper, content, today)
    if why is not None:
        raise errors.Invalid(NO_KEEPER, name=company.name_of(row.keeper), why=why)


def _rights(company_id: str, names: Collection[str]) -> Any:
    held = (RoleGrant.company_id == Person.company_id) & (RoleGrant.username == Person.username)
    of_keepers = held & (RoleGrant.role == roles.KEEPER)
    chosen = select(Person.username, Person.clearance, RoleGrant.role, RoleGrant.scope).outerjoin(RoleGrant, of_keepers)
    return chosen.where(Person.company_id == company_id, Person.username.in_(names), Person.is_disabled.is_(False))
