"""What a program of the personnel office reads: people and groups with the keys that it has for them (SCIM)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import CandidateGroup, Person


@dataclass(frozen=True)
class ProvisionedGroup:
    """A group; `key` is None for one that stands only in the places of people."""

    name: str
    members: tuple[str, ...]
    key: int | None = None
    external_id: str = ""

    @property
    def id(self) -> str:
        """What it is called by programs, also when it is renamed."""
        return str(self.key) if self.key is not None else self.name


def company(session: Session, by: Actor) -> Organisation:
    """The organisation as it stands in this session; also in the middle of a change."""
    return organisation.current(session, by.company_id)


def external_ids(session: Session, by: Actor, usernames: Collection[str] | None = None) -> Mapping[str, str]:
    """The keys that the program has for people, by username."""
    mine = [Person.company_id == by.company_id, Person.external_id.is_not(None)]
    if usernames is not None:
        mine.append(Person.username.in_(usernames))
    rows = session.execute(select(Person.username, Person.external_id).where(*mine))
    return {username: external or "" for username, external in rows}


def groups(session: Session, by: Actor) -> list[ProvisionedGroup]:
    """All groups by their present names."""
    there = company(session, by)
    row = CandidateGroup
    kept = select(row.name, row.key, row.external_id).where(row.company_id == by.company_id)
    known = {name: (key, external) for name, key, external in session.execute(kept)}
    names = sorted(name for name in there.groups if name not in there.former)
    made = []
    for name in names:
        key, external = known.get(name, (None, None))
        made.append(ProvisionedGroup(name, there.groups[name], key, external or ""))
    return made
