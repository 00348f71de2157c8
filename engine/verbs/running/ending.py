"""Ending a case otherwise than by its diagram: 强制结束 by who manages its process, 作废 of a case that is to have no effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases, history
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access
from engine.definitions import definitions
from engine.execution import settling
from engine.people.actors import Actor
from engine.verbs import grounds, operated
from engine.verbs.running import pausing

TERMINATED, VOID = "terminated", "void"


def terminate(session: Session, by: Actor, key: int, reason: str, *, now: datetime) -> Instance:
    """Ends a running case by force (强制结束), also one that is held up; what was done stays on record.

    By its process's managers and administrators, whom the case must not keep away. Raises NotFound, Forbidden; Invalid
    without a reason; Conflict when it is over, was called by another, or is past its point of no return.
    """
    instance = grounds.seen(session, by, key)
    if not access.may_manage(session, by, instance.process_id):
        raise errors.Forbidden("Only those who manage the process end a case by force.")
    given = grounds.reason(reason)
    _end(session, by, instance, given, TERMINATED, now)
    operated.note(session, by, operated.TERMINATE, instance, given, now=now)
    return instance


def void(session: Session, by: Actor, key: int, reason: str, *, now: datetime) -> Instance:
    """Declares a case void (作废), running or over: it is to have no effect, and its number is not used again.

    By its process's managers, and by the initiator where he may cancel it. Raises NotFound, Forbidden; Invalid without a
    reason; Conflict when it is void already, was called by another, or is past its point of no return.
    """
    instance = grounds.seen(session, by, key)
    definition, is_manager = (
        definitions.by_key(session, instance.definition_key),
        access.may_manage(session, by, instance.process_id),
    )
    if not access.may_cancel(by, instance, definition, is_manager=is_manager):
        raise errors.Forbidden("You may not declare this case void.")
    given = grounds.reason(reason)
    if instance.ended_as == VOID:
        raise errors.Conflict("This case is void already.")
    if instance.state == "active":
        _end(session, by, instance, given, VOID, now)
    else:
        _void_finished(session, by, instance, given, now)
    return instance


def _end(session: Session, by: Actor, instance: Instance, reason: str, ended_as: str, now: datetime) -> None:
    _require_whole(instance)
    grounds.require_not_past(session, by, instance)
    around = Surroundings(session, by, now)
    pausing.lift(session, instance)
    case = cases.take_up(around, instance)
    grounds.require_impartial(session, by, instance, grounds.NO_ENDING, now)
    kind = "terminated" if ended_as == TERMINATED else "voided"
    settling.cancel(case, reason, actor=around.actor, kind=kind, ended_as=ended_as)


def _void_finished(session: Session, by: Actor, instance: Instance, reason: str, now: datetime) -> None:
    _require_whole(instance)
    grounds.require_not_past(session, by, instance)
    grounds.require_impartial(session, by, instance, grounds.NO_ENDING, now)
    before = {"before": instance.ended_as} if instance.ended_as else {}
    history.append(session, instance, "voided", at=now, actor=by.username, data={"reason": reason, **before})
    instance.ended_as, instance.ended_reason = VOID, reason
    below = (Instance.root_key == instance.root_key, Instance.key != instance.key)
    session.execute(update(Instance).where(*below).values(ended_as=VOID))
    session.flush()
    history.flush(session)


def _require_whole(instance: Instance) -> None:
    if instance.parent_key is not None:
        raise errors.Conflict("This case was called by another one; do it there.")
