"""Who has a draft before him just now: editors say so every half minute, and tell who else does."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.designing import drafts
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import DraftPresence

GONE_AFTER = timedelta(seconds=75)  # two times that an editor said nothing, and some


def seen(session: Session, by: Actor, key: int, *, now: datetime) -> list[str]:
    """Notes that somebody has the draft before him; gives the names of the others who have. Raises NotFound."""
    drafts.take_up(session, by, key, locked=True)
    row = DraftPresence
    session.execute(delete(row).where(row.draft_key == key, row.seen_at < now - GONE_AFTER))
    there = {each.username: each for each in session.execute(select(row).where(row.draft_key == key)).scalars()}
    mine = there.pop(by.username, None)
    if mine is None:
        session.add(row(key=keys.new(), company_id=by.company_id, draft_key=key, username=by.username, seen_at=now))
    else:
        mine.seen_at = now
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return sorted(company.name_of(username) for username in there)
