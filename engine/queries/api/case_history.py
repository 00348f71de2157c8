"""What happened in a case, for programs: page by page, with the rights and the masks of the case's page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine.cases.rights import barring
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import instance_page, timeline
from engine.queries.cases.timeline import TimelineEntry


def history(session: Session, by: Actor, key: int, wanted: paging.WantedPage, *, now: datetime) -> paging.Page[TimelineEntry]:
    """One page of what happened in the case and in those it called, the newest first.

    Raises NotFound for a case that this person may not know of, Invalid for a cursor that is none.
    """
    instance = instance_page.visible(session, by, key)
    definition = definitions.by_key(session, instance.definition_key)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    redaction = instance_page.redaction(session, by, instance, definition, now=now)
    return timeline.page(session, company, instance.root_key, redaction, wanted, barring.beside(by, instance))
