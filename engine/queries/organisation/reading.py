"""Who reads the organisation's pages, and the snapshot that they are drawn from."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine import errors
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation


def is_offered(by: Actor) -> bool:
    """Whether the person reads these pages: administrators of the organisation, and auditors."""
    return by.runs_organisation or by.is_auditor


def company(session: Session, by: Actor) -> Organisation:
    """The organisation. Raises Forbidden for who does not read it."""
    if not is_offered(by):
        raise errors.Forbidden("Only administrators of the organisation can see this.")
    return organisation.at_version(session, by.company_id, by.organisation_version)
