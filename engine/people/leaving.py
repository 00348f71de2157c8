"""What people who left still hold: their open tasks, their posts in groups, the departments they head; who took their place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.people.organisation import Organisation
from engine.storage.models import Department, Membership, OrganisationEvent, WorkItem

LEFT = "person_left"  # kind of the event of a leaver, which names who took over what nobody else was given


@dataclass(frozen=True)
class Holding:
    """What stands in one person's name; groups and departments by their names."""

    username: str
    tasks: int = 0
    groups: tuple[str, ...] = ()
    headships: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tasks or self.groups or self.headships)

    def __str__(self) -> str:
        parts = [f"open tasks: {self.tasks}"] if self.tasks else []
        parts += [f"member of {'、'.join(self.groups)}"] if self.groups else []
        parts += [f"head of {'、'.join(self.headships)}"] if self.headships else []
        return f"{self.username} holds {'; '.join(parts) or 'nothing'}"


def holdings(session: Session, company_id: str, usernames: Collection[str]) -> list[Holding]:
    """What each of these people holds, in three statements; those who hold nothing are left out."""
    if not usernames:
        return []
    open_items = (WorkItem.company_id == company_id, WorkItem.username.in_(usernames), WorkItem.state == "open")
    counted = select(WorkItem.username, func.count()).where(*open_items).group_by(WorkItem.username)
    tasks = {row[0]: row[1] for row in session.execute(counted)}
    posts = select(Membership.username, Membership.group_name).where(
        Membership.company_id == company_id, Membership.username.in_(usernames), Membership.is_named.is_(True)
    )
    groups = session.execute(posts.order_by(Membership.key)).all()
    headed = select(Department.head, Department.name).where(Department.company_id == company_id, Department.head.in_(usernames))
    heads = session.execute(headed.order_by(Department.key)).all()
    holdings_of = [
        Holding(
            name,
            tasks.get(name, 0),
            tuple(of for who, of in groups if who == name),
            tuple(of for who, of in heads if who == name),
        )
        for name in sorted(usernames)
    ]
    return [each for each in holdings_of if each]


def successor(session: Session, company: Organisation, username: str) -> str | None:
    """Who took the place of somebody who has left, or of that one since; None where nobody did who is still here."""
    row, seen = OrganisationEvent, set[str]()
    name: str | None = username
    while name and name not in seen and not company.is_active(name):
        seen.add(name)
        left = (row.company_id == company.id, row.subject == f"person:{name}", row.kind == LEFT)
        told = session.execute(select(row.data).where(*left).order_by(row.key.desc()).limit(1)).scalar()
        name = str((told or {}).get("successor") or "")
    return name if name and company.is_active(name) else None
