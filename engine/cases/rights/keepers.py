"""Who looks after what stopped: operators, and who manages the process."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.cases.rights import barring
from engine.definitions import definitions
from engine.people import roles
from engine.people.organisation import Organisation
from engine.storage.models import ProcessInstance, RoleGrant


def keepers_of(session: Session, company: Organisation, process_id: str | None = None) -> list[str]:
    """Operators and the managers of a process; administrators where there are none."""
    return by_process(session, company, [process_id])[process_id]


def by_process(session: Session, company: Organisation, processes: Iterable[str | None]) -> dict[str | None, list[str]]:
    """`keepers_of` of each; one statement for the operators of all."""
    row = RoleGrant
    statement = select(row.username).where(row.company_id == company.id, row.role == roles.OPERATOR).order_by(row.username)
    operators = session.execute(statement).scalars().all()
    return {
        each: list(company.active([*operators, *_managers(session, company, each)]) or company.administrators)
        for each in processes
    }


def managers(session: Session, company: Organisation, instance: ProcessInstance) -> list[str]:
    """Who manages the process of a case, and may give its work to somebody else; administrators where nobody does.

    From whom the case is kept, as it is about him, is none of them.
    """
    named = company.active(_managers(session, company, instance.process_id))
    away = barring.kept_from(session, instance, named) if named else set[str]()
    return [name for name in named if name not in away] or list(company.administrators)


def _managers(session: Session, company: Organisation, process_id: str | None) -> list[str]:
    if process_id is None:
        return []
    newest = definitions.latest(session, company.id, process_id)
    return [name for group in newest.settings.managers for name in company.members_of(group)]
