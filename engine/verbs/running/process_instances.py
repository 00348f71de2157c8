"""Starting and cancelling process instances: by people, by calls, by messages, by timers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import due
from engine.cases import cases
from engine.cases.cases import Case, Surroundings
from engine.cases.rights import access, recusal
from engine.cases.rights.access import may_start
from engine.definitions import definitions, process_life
from engine.definitions.definitions import Definition
from engine.execution import assignments, settling
from engine.people.actors import SYSTEM, Actor
from engine.storage import jobs, locking, marks, models
from engine.storage.models import handing
from engine.verbs import grounds
from engine.verbs.running import start_drafts
from engine.verbs.running.submissions import Given, Submission
from engine.verbs.sharing import linking

SENT_OTHERWISE = "This Idempotency-Key was sent before with something else; its case is another one."
__all__ = ["SentOtherwise", "cancel", "may_start", "start", "start_by_event"]


class SentOtherwise(errors.Conflict):
    """What was sent with a mark started a case, whose `number` it tells; something else comes with the same mark now."""


def start(
    session: Session,
    by: Actor,
    process_id: str,
    submission: Given,
    *,
    now: datetime,
    draft: int | None = None,
    version: int | None = None,
    mark: str = "",
    content: str = "",
) -> models.ProcessInstance:
    """Starts the newest version of a process (or `version`) with what its start form asked for.

    A version that a newer one replaced is started by managers of the process alone, and its history says so.

    `draft` is the key of the draft that it came from, which is removed. `mark` is that of the page it was sent from:
    sent again, also at the same moment, it gives the case that the page started. `content` is a mark
    of all that was sent: the same `mark` with another one raises SentOtherwise. Raises NotFound for an unknown
    process, Forbidden for somebody outside `may_start`, Invalid with `fields` for a wrong submission.
    """
    definition = _definition(session, by, process_id, version)
    if not may_start(definition, by):
        raise errors.Forbidden("You may not start “%(process)s”.", process=definition.title)
    if not any(event.kind == "none" for event in definition.program.start_events):
        raise errors.Invalid("“%(process)s” is not started by hand.", process=definition.title)
    newest = _require_newest(session, by, definition) if version is not None else None
    own_mark = page_mark(by, mark) if mark else ""
    earlier = marks.take(session, by.company_id, own_mark) if own_mark else None
    if earlier is not None:
        return _begun_before(session, by, earlier, content)
    around = Surroundings(session, by, now, starting=definition.settings.calendar)
    sent = Submission(around, None)
    variables = sent.validate(definition.start_form, submission, {})
    older = start_drafts.discard(session, by, draft) if draft is not None else None
    if mark:
        start_drafts.drop_of_page(session, by, mark)
    replaced: dict[str, Any] = {"version": definition.version, "newest": newest} if newest else {}
    instance = _begin(around, definition, variables, None, **replaced)
    sent.take_files(instance)
    origin = locking.instance(session, older) if older is not None else None
    if origin is not None:  # it may be gone by now, its retention over
        linking.make(session, instance, origin, handing.COPY, by=by.username, now=now)
    if own_mark:
        marks.keep(session, by.company_id, own_mark, instance.key)
    if content:
        marks.take(session, by.company_id, f"{by.username}/{content}")
        marks.keep(session, by.company_id, f"{by.username}/{content}", instance.key)
    return instance


def _begun_before(session: Session, by: Actor, key: int, content: str) -> models.ProcessInstance:
    instance = access.require_case(session, by, key)
    if content and not marks.is_known(session, by.company_id, f"{by.username}/{content}"):
        raise SentOtherwise(SENT_OTHERWISE, number=instance.number)
    return instance


def start_again(
    session: Session,
    by: Actor,
    process_id: str,
    values: Mapping[str, Any],
    *,
    initiator: Actor,
    reopened: int,
    reason: str,
    now: datetime,
) -> models.ProcessInstance:
    """Starts the newest version for somebody else, with values of an older case: `by` is told as who did it.

    Raises Invalid with `fields` where the values do not fit the start form any more.
    """
    definition = _definition(session, by, process_id, None)
    if not any(event.kind == "none" for event in definition.program.start_events):
        raise errors.Invalid("“%(process)s” is not started by hand.", process=definition.title)
    around = Surroundings(session, initiator, now, starting=definition.settings.calendar)
    sent = Submission(around, None)
    variables = sent.validate(definition.start_form, values, {}) if definition.start_form else dict(values)
    case = cases.create(around, definition, variables)
    begun_for = initiator.username
    case.note("started", actor=by.username, values=dict(variables), initiator=begun_for, reason=reason, reopened=reopened)
    _set_deadline(case)
    settling.settle(case)
    sent.take_files(case.instance)
    return case.instance


def start_by_event(
    session: Session,
    definition: Definition,
    element_id: str,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    correlation_key: str | None = None,
    begun_by: int | None = None,
) -> models.ProcessInstance:
    """Starts a process at its message, signal or timer start event; nobody is its initiator.

    `correlation_key` is that of the message, kept with the case, as is whose it was (`begun_by`).
    """
    around = Surroundings(session, SYSTEM(definition.company_id), now)
    return _begin(around, definition, variables, element_id, correlation_key=correlation_key, begun_by=begun_by)


def cancel(session: Session, by: Actor, key: int, reason: str, *, now: datetime) -> models.ProcessInstance:
    """Ends a running case for good (撤销), with the cases it called; a reason is required.

    Raises NotFound for a case one may not know of, Forbidden for others than the initiator (where the process
    allows it), its managers and administrators, and for whom the case keeps away (回避); Conflict when it is
    over or past its point of no return, Invalid without a reason.
    """
    instance = grounds.seen(session, by, key)
    definition = definitions.by_key(session, instance.definition_key)
    is_manager = access.may_manage(session, by, instance.process_id)
    if not access.may_cancel(by, instance, definition, is_manager=is_manager):
        raise errors.Forbidden("You may not cancel this case.")
    given = grounds.reason(reason)
    grounds.require_not_past(session, by, instance)
    if instance.parent_key is not None:
        raise errors.Conflict("This case was called by another one; cancel that one.")
    case = cases.take_up(Surroundings(session, by, now), instance)
    if by.answerable in recusal.recused(case):
        raise errors.Forbidden(grounds.NO_CANCELLING)
    settling.cancel(case, given, actor=case.around.actor)
    return instance


def page_mark(by: Actor, mark: str) -> str:
    """The mark of a page from which this person starts a case, as it is kept."""
    return f"{by.username}/{mark}"


def _definition(session: Session, by: Actor, process_id: str, version: int | None) -> Definition:
    if version is None:
        definition = definitions.latest(session, by.company_id, process_id)
    else:
        definition = definitions.of_version(session, by.company_id, process_id, version)
    process_life.require_in_use(session, by.company_id, process_id, definition.title)
    return definition


def _require_newest(session: Session, by: Actor, definition: Definition) -> int | None:
    """The number of the version that replaced this one; Forbidden for whoever does not manage the process."""
    newest = definitions.latest(session, by.company_id, definition.process_id)
    if newest.key == definition.key:
        return None
    if not (by.is_system or access.manages(by, newest)):
        raise errors.Forbidden(
            "Version %(version)s of “%(process)s” is replaced by a newer one; only managers of the process may start it.",
            version=definition.version,
            process=newest.title,
        )
    return newest.version


def _begin(
    around: Surroundings,
    definition: Definition,
    variables: Mapping[str, Any],
    start_element: str | None,
    *,
    correlation_key: str | None = None,
    begun_by: int | None = None,
    **told: Any,
) -> models.ProcessInstance:
    case = cases.create(around, definition, variables, start_element=start_element)
    case.instance.correlation_key, case.instance.begun_by = correlation_key, begun_by
    case.note("started", actor=around.actor, values=dict(variables), **told)
    _set_deadline(case)
    settling.settle(case)
    return case.instance


def _set_deadline(case: Case) -> None:
    """The due time of the whole case, from its start; a setting that gives none leaves it without."""
    chosen, instance = case.definition.settings, case.instance
    value = case.evaluate(chosen.due, case.context()) if chosen.due else None
    if value is None:
        return
    instance.due_at = due.compute(str(value), case.now, case.calendar())
    if chosen.warn:
        instance.warn_at = due.before(chosen.warn, instance.due_at, case.calendar())
    for job_type, at in ((assignments.CASE_WARN, instance.warn_at), (assignments.CASE_OVERDUE, instance.due_at)):
        if at is not None:
            jobs.enqueue(case.session, job_type, {"instance_key": instance.key}, company_id=instance.company_id, run_at=at)
