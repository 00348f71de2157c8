"""The customer records of a demo: what their file says, and storing them once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people import organisation as organisations
from engine.people.actors import SYSTEM
from engine.records import holds, records
from engine.records.records import NewRecord
from engine.storage.models import CustomerRecord


@dataclass(frozen=True)
class DemoRecord(NewRecord):
    """A customer record of a demo; `hold` is the reason it may not be destroyed."""

    hold: str = ""
    hold_kind: str = "frozen"


def store(session: Session, company_id: str, demo: Iterable[DemoRecord], *, now: datetime) -> int:
    """Stores those records of a demo whose number, or name, the company does not have yet; gives how many."""
    company, by = organisations.current(session, company_id), SYSTEM(company_id)
    rows = session.execute(
        select(CustomerRecord.name, CustomerRecord.number).where(CustomerRecord.company_id == company_id)
    ).all()
    there, stored = {row.name for row in rows} | {row.number for row in rows}, 0
    for each in demo:
        if (each.number or each.name) not in there:
            row = records.enter(session, company, by, each, now=now)
            if each.hold:
                holds.place(session, by, row.key, each.hold_kind, each.hold, now=now)
            stored += 1
    return stored
