"""Taking a process out of use and back: nobody starts it, by hand or by an event; its cases go on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions, process_life
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.storage import database, keys
from engine.storage.models import RetiredProcess, ScheduledStart, Subscription
from engine.verbs import grounds
from engine.verbs.running import start_events

MOST_LETTERS = 500  # of the reason


def retire(session: Session, by: Actor, process_id: str, reason: str, *, now: datetime) -> None:
    """Retires a process; a reason is required. Raises NotFound for one that is not the person's, Invalid, Conflict."""
    newest = _owned(session, by, process_id)
    if not reason.strip():
        raise errors.Invalid("Please say why the process is retired.", fields=None)
    if process_life.retired(session, by.company_id, process_id) is not None:
        raise errors.Conflict(process_life.RETIRED, process=newest.title)
    said = grounds.remark(reason, "reason", most=MOST_LETTERS)
    of_process = {"company_id": by.company_id, "process_id": process_id}
    session.add(RetiredProcess(key=keys.new(), at=now, by=by.username, reason=said, **of_process))
    session.execute(delete(Subscription).filter_by(**of_process, instance_key=None))
    session.execute(delete(ScheduledStart).filter_by(**of_process))
    process_life.note(session, by, process_id, "retired", now=now, reason=said)


def restore(session: Session, by: Actor, process_id: str, *, now: datetime) -> None:
    """Takes a retired process into use again, as its newest version has it. Raises NotFound."""
    newest = _owned(session, by, process_id)
    if process_life.retired(session, by.company_id, process_id) is None:
        raise errors.NotFound(definitions.NO_PROCESS)
    session.execute(delete(RetiredProcess).filter_by(company_id=by.company_id, process_id=process_id))
    start_events.renew(session, newest, newest.program, now=now)
    process_life.note(session, by, process_id, "restored", now=now)


def _owned(session: Session, by: Actor, process_id: str) -> Definition:
    """The newest version, held against a deployment at the same moment."""
    database.hold(session, f"process/{by.company_id}/{process_id}")
    newest = definitions.latest(session, by.company_id, process_id)
    if not access.owns(by, newest):
        raise errors.NotFound(definitions.NO_PROCESS)
    return newest
