"""One act on many cases [批量运维]: rehearsed first, then done by the worker, each case in a transaction of its own.

A job does one case and leaves the next to another job in the same commit: whatever dies, nothing is done twice or left out,
and everything else that waits has its turn in between. The worker rests as long as each took. The job's row is the only thing in progress; pausing takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import notices
from engine.cases.rights import access
from engine.definitions import definitions
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.storage import jobs, keys, marks
from engine.storage.models import Operation, OperationCase, ProcessInstance
from engine.verbs import grounds
from engine.verbs.operated import DONE, PAUSED, REAL, REHEARSAL, RUNNING, STOPPED
from engine.verbs.operating import acts, choosing, telling, trying
from engine.verbs.operating.choosing import Chosen
from engine.verbs.operating.trying import REFUSED, SUCCEEDED

STEP = "operating.step"
OTHER_WORDS = "This has been sent already, for other cases or with other words."
NO_PAGE = "There is no such page, or you may not view it."
NONE = "There is no such operation, or you may not view it."
NOTHING_TO_DO = "None of these cases would be done, so there is nothing to do for good."
GONE = {"text": "Whoever ordered this may not act any more.", "values": {}}


def order(
    session: Session,
    by: Actor,
    name: str,
    chosen: Chosen,
    given: Mapping[str, Any],
    reason: str,
    *,
    mark: str = "",
    now: datetime,
) -> Operation:
    """Keeps an act on the cases that are meant now, and begins its rehearsal; nothing is changed in them yet.

    `mark` is that of the page it was sent from: sent again it gives the same operation, with other words it is a Conflict.
    Raises Forbidden for who operates on nothing; Invalid by name for an unknown act, what it is not given rightly, no reason, an unknown person, or no cases (`choosing.cases`).
    """
    if not may_order(session, by):
        raise errors.Forbidden("Only operators and those who manage a process may do this.")
    act, said = acts.find(name), grounds.reason(reason)
    values = acts.checked(act, given)
    if chosen.cause and "cause" in act.optional:
        values["cause"] = chosen.cause
    own_mark = f"operation/{by.username}/{mark}" if mark else ""
    earlier = marks.take(session, by.company_id, own_mark) if own_mark else None
    if earlier is not None:
        return _same(session.get_one(Operation, earlier), name, chosen, values, said)
    cases = choosing.cases(session, by, chosen, now=now)
    _require_target(session, [key for key, _number in cases], values)
    _require_person(session, by, values)
    row = _row(by, name, chosen, values, said, len(cases), now)
    session.add(row)
    session.flush()
    session.execute(insert(OperationCase), [_case_row(row, key, number) for key, number in cases])
    if own_mark:
        marks.keep(session, by.company_id, own_mark, row.key)
    _go_on(session, row, now)
    return row


def _require_target(session: Session, keys_: list[int], values: Mapping[str, Any]) -> None:
    """Raises Invalid for a step to which none of the cases can be moved, as their processes have none of that name."""
    if "target" not in values:
        return
    row, known = ProcessInstance, set[int]()
    for start in range(0, len(keys_), choosing.AT_A_TIME):
        some = row.key.in_(keys_[start : start + choosing.AT_A_TIME])
        known |= set(session.execute(select(row.definition_key).where(some).distinct()).scalars())
    programs = [definitions.by_key(session, each).program for each in sorted(known, reverse=True)]
    grounds.require_step(programs, str(values["target"]), "target")


def _require_person(session: Session, by: Actor, values: Mapping[str, Any]) -> None:
    """Raises Invalid for somebody who is not there to act; whether he may act in a case is asked in each."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if "person" in values and not company.active([values["person"]]):
        refusal = errors.Refusal(grounds.NOBODY_SO, name=values["person"])
        raise errors.Invalid(refusal.text, fields={"person": [refusal]}, **refusal.values)


def _same(row: Operation, name: str, chosen: Chosen, values: Mapping[str, Any], reason: str) -> Operation:
    if (row.name, row.filter, row.values, row.reason) != (name, chosen.stored(), values, reason):
        raise errors.Conflict(OTHER_WORDS)
    return row


def may_order(session: Session, by: Actor) -> bool:
    """Whether the person operates on anything at all."""
    return by.operates or bool(access.managed(session, by))


def carry_out(session: Session, by: Actor, key: int, *, now: datetime) -> Operation:
    """Does for good what was rehearsed. Raises NotFound, Forbidden for another's, Conflict before the rehearsal is over."""
    row = _own(session, by, key)
    if row.phase != REHEARSAL:
        raise errors.Conflict("This is being done already.")
    if row.state != DONE:
        raise errors.Conflict("Please wait until the rehearsal is over.")
    if not row.succeeded:
        raise errors.Conflict(NOTHING_TO_DO)
    row.phase, row.state, row.succeeded, row.failed = REAL, RUNNING, 0, 0
    row.started_at, row.ended_at = now, None
    session.flush()
    _go_on(session, row, now)
    return row


def pause(session: Session, by: Actor, key: int, *, now: datetime) -> Operation:
    """Rests it after the case that is being done. Raises NotFound, Forbidden, Conflict when it is not running."""
    return _turn(session, by, key, (RUNNING,), PAUSED, now)


def go_on(session: Session, by: Actor, key: int, *, now: datetime) -> Operation:
    """Lets it go on after a pause. Raises NotFound, Forbidden, Conflict when it does not rest."""
    row = _turn(session, by, key, (PAUSED,), RUNNING, now)
    _go_on(session, row, now)
    return row


def stop(session: Session, by: Actor, key: int, *, now: datetime) -> Operation:
    """Ends it for good; what was done stays done. Raises NotFound, Forbidden, Conflict when it is over."""
    row = _locked(session, by, key)
    if row.phase == REHEARSAL and row.state == DONE:  # rehearsed and not wanted
        row.state, row.ended_at, row.changed_by = STOPPED, now, by.username
        session.flush()
        return row
    return _turn(session, by, key, (RUNNING, PAUSED), STOPPED, now)


@jobs.job(STEP, gives_way=True)
def step(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Does the next case, and leaves the rest to another job; the last one ends the operation."""
    row = session.get(Operation, payload["operation"], with_for_update=True)
    if row is None or row.state != RUNNING:
        return
    case = _next(session, row)
    if case is not None:
        _do(session, row, case, now)
    if case is None or _next(session, row) is None:
        row.state, row.ended_at = DONE, now
        _tell(session, row, now)
    else:
        _go_on(session, row, now)
    session.flush()


def _next(session: Session, row: Operation) -> OperationCase | None:
    column = OperationCase.foreseen if row.phase == REHEARSAL else OperationCase.result
    mine = (OperationCase.operation_key == row.key, column.is_(None))
    return session.execute(select(OperationCase).where(*mine).order_by(OperationCase.key).limit(1)).scalar()


def _do(session: Session, row: Operation, case: OperationCase, now: datetime) -> None:
    by = actors.load(session, row.company_id, row.username, now=now)
    is_rehearsal, key = row.phase == REHEARSAL, case.instance_key
    if by is None:
        state, told = REFUSED, dict[str, Any](GONE)
    else:
        given = dict(row.values)
        with notices.kept_aside(session) as aside:
            state, told = trying.tried(session, by, row.name, given, row.reason, key, is_rehearsal=is_rehearsal, now=now)
        case.tells = aside if aside and state == SUCCEEDED and not is_rehearsal else None
    if is_rehearsal:
        case.foreseen, case.foretold = state, told
    else:
        case.result, case.told, case.at = state, told, now
    row.succeeded += state == SUCCEEDED
    row.failed += state != SUCCEEDED
    session.flush()


def _go_on(session: Session, row: Operation, now: datetime) -> None:
    jobs.enqueue(session, STEP, {"operation": row.key}, company_id=row.company_id, run_at=now, key=str(row.key))


def _tell(session: Session, row: Operation, now: datetime) -> None:
    """A rehearsal did nothing that anybody would have to hear of."""
    if row.phase == REAL:
        telling.order(session, row, now=now)


def _locked(session: Session, by: Actor, key: int) -> Operation:
    row = session.get(Operation, key, with_for_update=True, populate_existing=True)
    if row is None or row.company_id != by.company_id or not may_read(by, row):
        raise errors.NotFound(NONE)
    return row


def may_read(by: Actor, row: Operation) -> bool:
    """Whether the person may see an operation: his own, and all for operators and who reads everything."""
    return row.username == by.username or by.operates or by.reads_all


def may_steer(by: Actor, row: Operation) -> bool:
    """Whether the person may pause and stop it: his own, and every one for operators."""
    return row.username == by.username or by.operates


def _own(session: Session, by: Actor, key: int) -> Operation:
    """Whoever rehearsed it carries it out: it is done with his rights."""
    row = _locked(session, by, key)
    if row.username != by.username:
        raise errors.Forbidden("Only whoever ordered this may carry it out.")
    return row


def _turn(session: Session, by: Actor, key: int, states: tuple[str, ...], state: str, now: datetime) -> Operation:
    row = _locked(session, by, key)
    if not may_steer(by, row):
        raise errors.Forbidden("Only operators and whoever ordered this may do this.")
    if row.state not in states:
        raise errors.Conflict("This has gone on meanwhile; please look at it again.")
    row.state, row.changed_by = state, by.username
    row.ended_at = now if state == STOPPED else None
    if state == STOPPED:
        _tell(session, row, now)
    session.flush()
    return row


def _row(by: Actor, name: str, chosen: Chosen, values: dict[str, Any], reason: str, total: int, now: datetime) -> Operation:
    return Operation(
        key=keys.new(),
        company_id=by.company_id,
        username=by.username,
        name=name,
        filter=chosen.stored(),
        values=values,
        reason=reason,
        phase=REHEARSAL,
        state=RUNNING,
        total=total,
        succeeded=0,
        failed=0,
        created_at=now,
    )


def _case_row(row: Operation, key: int, number: str) -> dict[str, Any]:
    return {
        "key": keys.new(),
        "company_id": row.company_id,
        "operation_key": row.key,
        "instance_key": key,
        "number": number,
    }
