"""Who looks after what stopped: operators, and who manages the process."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.people import roles
from engine.people.organisation import Organisation
from engine.storage.models import ProcessInstance, RoleGrant


def keepers_of(session: Session, company: Organisation, process_id: str | None = None) -> list[str]:
    """Operators and the managers of a process; administrators where there are none."""
    row = RoleGrant
    operators = select(row.username).where(row.company_id == company.id, row.role == roles.OPERATOR).order_by(row.username)
    names = list(session.execute(operators).scalars())
    return list(company.active([*names, *_managers(session, company, process_id)]) or company.administrators)


def managers(session: Session, company: Organisation, instance: ProcessInstance) -> list[str]:
    """Who manages the process of a case, and may give its work to somebody else; administrators where nobody does."""
    return list(company.active(_managers(session, company, instance.process_id)) or company.administrators)


def _managers(session: Session, company: Organisation, process_id: str | None) -> list[str]:
    if process_id is None:
        return []
    newest = definitions.latest(session, company.id, process_id)
    return [name for group in newest.settings.managers for name in company.members_of(group)]
