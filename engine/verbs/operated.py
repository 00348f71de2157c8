"""The log of what operators do [操作记录]: acts on many cases stand there by themselves, each act on one case is put there here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from engine.cases.cases import Instance
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import Operation, OperationCase

REHEARSAL, REAL = "rehearsal", "real"
RUNNING, PAUSED, STOPPED, DONE = "running", "paused", "stopped", "done"
SUCCEEDED = "done"
RETRY, SETTLE, MOVE, SKIP, SET_VARIABLE, RUN_NOW = "retry", "settle", "move", "skip", "set_variable", "run_now"
RESCHEDULE, SET_RETRIES, ASSIGN = "reschedule", "set_retries", "assign"
SUSPEND, RESUME, TERMINATE = "suspend", "resume", "terminate"
_PART = "part of an act that is logged as a whole"


@contextlib.contextmanager
def as_part(session: Session) -> Iterator[None]:
    """What is done meanwhile belongs to an act that is logged as a whole."""
    before = session.info.get(_PART, False)
    session.info[_PART] = True
    try:
        yield
    finally:
        session.info[_PART] = before


def note(
    session: Session,
    by: Actor,
    act: str,
    instance: Instance | None,
    reason: str = "",
    *,
    count: int = 1,
    now: datetime,
    **given: str,
) -> None:
    """Puts an act on one case (or on what belongs to none) into the log, unless it is part of one that stands there itself.

    `count` are the incidents where there is no case. `given` is what the act was given, without the values of variables: these stay with the case and go with it.
    """
    if by.is_system or session.info.get(_PART, False):
        return
    row = Operation(
        key=keys.new(),
        company_id=by.company_id,
        username=by.username,
        name=act,
        filter={"process": instance.process_id, "numbers": [instance.number]} if instance else {},
        values={each: value for each, value in given.items() if value},
        reason=reason,
        phase=REAL,
        state=DONE,
        total=count,
        succeeded=count,
        failed=0,
        created_at=now,
        started_at=now,
        ended_at=now,
    )
    session.add(row)
    session.flush()
    if instance is not None:
        session.add(_case(row, instance, now))
        session.flush()


def _case(row: Operation, instance: Instance, now: datetime) -> OperationCase:
    return OperationCase(
        key=keys.new(),
        company_id=row.company_id,
        operation_key=row.key,
        instance_key=instance.key,
        number=instance.number,
        result=SUCCEEDED,
        told={},
        at=now,
    )
