"""What becomes of a process as a whole: retired [停用] and restored, and the log of what was done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import ProcessEvent, RetiredProcess

RETIRED = "“%(process)s” was retired: nobody starts it any more. Running cases go on."


def note(session: Session, by: Actor, process_id: str, kind: str, *, now: datetime, **data: Any) -> None:
    """Writes a line of a process's log. `kind`: asked, published, retired, restored."""
    row = ProcessEvent(
        key=keys.new(), company_id=by.company_id, process_id=process_id, at=now, actor=by.username, kind=kind, data=data
    )
    session.add(row)
    session.flush()


def events(session: Session, company_id: str, process_id: str, limit: int = 50) -> list[ProcessEvent]:
    """The log of a process, the newest first."""
    row = ProcessEvent
    mine = select(row).where(row.company_id == company_id, row.process_id == process_id)
    return list(session.execute(mine.order_by(row.key.desc()).limit(limit)).scalars())


def retired(session: Session, company_id: str, process_id: str) -> RetiredProcess | None:
    """The note that a process is retired; None for one that is in use."""
    row = RetiredProcess
    mine = select(row).where(row.company_id == company_id, row.process_id == process_id)
    return session.execute(mine).scalar_one_or_none()


def retired_ids(session: Session, company_id: str) -> set[str]:
    """The ids of all retired processes of a company."""
    return set(session.execute(select(RetiredProcess.process_id).where(RetiredProcess.company_id == company_id)).scalars())


def require_in_use(session: Session, company_id: str, process_id: str, title: str) -> None:
    """Refuses (Conflict) to start a process that is retired."""
    if retired(session, company_id, process_id) is not None:
        raise errors.Conflict(RETIRED, process=title)
