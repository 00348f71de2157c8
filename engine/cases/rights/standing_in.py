"""Who stands in for somebody now, for those who write to people; what a deputy may do himself `holding` says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage.models import Deputy


def deputies(
    session: Session, company_id: str, usernames: Iterable[str], process_id: str, *, now: datetime
) -> dict[str, list[str]]:
    """Those who act for each of several people in a process at this moment; in one statement."""
    row = Deputy
    mine = (row.company_id == company_id, row.principal.in_(list(usernames)), row.ended_at.is_(None))
    current = session.execute(select(row).where(*mine, row.begins_at <= now, row.ends_at > now).order_by(row.key)).scalars()
    found: dict[str, list[str]] = {}
    for each in current:
        if each.processes is None or process_id in each.processes:
            found.setdefault(each.principal, []).append(each.deputy)
    return found
