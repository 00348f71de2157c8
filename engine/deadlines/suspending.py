"""Holding a case up and letting it go on [挂起、恢复]: the whole tree; the time that is left of each deadline stays left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, feel
from engine.basics.sayings import Said
from engine.calendar import due
from engine.cases import cases, history, notices, suspensions
from engine.cases.cases import Case, Instance, Surroundings
from engine.cases.rights import access, waiting
from engine.deadlines import moved_deadlines, rescheduling
from engine.deadlines.rescheduling import Deadline, DeadlineChange
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import Timer, UserTask
from engine.verbs import grounds, operated
from engine.verbs.operating import acts
from engine.verbs.running import messages, pausing

HELD = Said("已挂起：{title}（{number}）", "Held up: {title} ({number})")
GOES_ON = Said("已恢复：{title}（{number}）", "Goes on again: {title} ({number})")
BODY = Said("操作人：{who}。{reason}", "By {who}. {reason}")


@acts.registered(operated.SUSPEND)
def suspend(session: Session, by: Actor, key: int, reason: str, *, now: datetime) -> Instance:
    """Holds a running case up, with the cases it called: nobody acts on it, no timer fires, no job is handed out.

    By who manages its process and operators. Raises NotFound, Forbidden; Invalid without a reason; Conflict when it
    is over, held up already, past its point of no return, or was called by another.
    """
    instance = _managed(session, by, key)
    grounds.require_impartial(session, by, instance, grounds.NO_SUSPENDING, now)
    given = grounds.reason(reason)
    grounds.require_not_past(session, by, instance)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    held_up = suspensions.refusal(instance, company)
    if held_up is not None:
        raise held_up
    holders = list(waiting.holders(session, company, instance, now))
    pausing.hold_up(session, instance, {"at": now.astimezone(UTC).isoformat(), "by": by.username, "reason": given})
    _note(session, by, instance, "suspended", now, reason=given)
    operated.note(session, by, operated.SUSPEND, instance, given, now=now)
    _tell(session, by, company, instance, holders, HELD, given, now)
    return instance


@acts.registered(operated.RESUME)
def resume(session: Session, by: Actor, key: int, reason: str = "", *, now: datetime) -> Instance:
    """Lets a case that was held up go on: deadlines by duration move by what was lost, dates stay; signals that came are met.

    By who manages its process and operators, never by whom it is about. Raises NotFound, Forbidden; Conflict when it is
    over or not held up, Invalid for a reason that is too long.
    """
    instance = _managed(session, by, key)
    grounds.require_impartial(session, by, instance, grounds.NO_RESUMING, now)
    if instance.suspended is None:
        raise errors.Conflict("This case is not suspended.")
    said = grounds.remark(reason, "reason")
    began, signals = datetime.fromisoformat(instance.suspended["at"]), instance.suspended.get(pausing.SIGNALS, ())
    timers = pausing.lift(session, instance)
    _note(session, by, instance, "resumed", now, reason=said, since=began.isoformat())
    operated.note(session, by, operated.RESUME, instance, said, now=now)
    around = Surroundings(session, by, now)
    moved = list(_changes(around, instance, timers, began))
    moved_deadlines.write(session, by.company_id, moved, now=now, because=moved_deadlines.PAUSE)
    for signal in signals:
        messages.deliver_kept(session, by, signal, now=now)
    holders = list(waiting.holders(session, around.organisation, instance, now))
    _tell(session, by, around.organisation, instance, holders, GOES_ON, reason, now)
    return instance


def _managed(session: Session, by: Actor, key: int) -> Instance:
    instance = grounds.seen(session, by, key)
    if not access.may_operate(session, by, instance.process_id):
        raise errors.Forbidden("Only those who manage the process suspend a case and let it go on.")
    if instance.parent_key is not None:
        raise errors.Conflict("This case was called by another one; do it there.")
    if instance.state != "active":
        raise errors.Conflict(cases.IS_OVER, number=instance.number)
    return instance


def _note(session: Session, by: Actor, instance: Instance, kind: str, now: datetime, **data: str) -> None:
    told = {name: value for name, value in data.items() if value}
    history.append(session, instance, kind, at=now, actor=by.username, data=told)
    session.flush()
    history.flush(session)


def _tell(
    session: Session,
    by: Actor,
    company: organisation.Organisation,
    instance: Instance,
    holders: list[str],
    subject: Said,
    reason: str,
    now: datetime,
) -> None:
    to = [name for name in dict.fromkeys((*holders, instance.initiator or "")) if name and name != by.username]
    told = subject.of(title=instance.title, number=instance.number)
    notices.send(session, company, to, told, BODY.of(who=by.name, reason=reason), now=now, instance=instance, of_act=True)


def _changes(around: Surroundings, root: Instance, timers: dict[int, datetime], began: datetime) -> Iterator[DeadlineChange]:
    """What moves, of the tree that goes on now."""
    tree = select(Instance).where(Instance.root_key == root.key, Instance.state == "active").order_by(Instance.key)
    for instance in around.session.execute(tree).scalars().all():
        case = cases.look_into(around, cases.lock(around.session, instance.key))
        yield from _of_case(case, began)
        yield from _of_tasks(case, began)
        yield from _of_timers(case, timers, began)


def _of_case(case: Case, began: datetime) -> Iterator[DeadlineChange]:
    instance, settings = case.instance, definitions.by_key(case.session, case.instance.definition_key).settings
    before = Deadline(instance.due_at, instance.warn_at)
    after = _moved(case, (settings.due, settings.warn), "", None, before, began)
    if after != before:
        yield DeadlineChange(Instance, instance.key, instance.key, instance.root_key, None, None, before, after)


def _of_tasks(case: Case, began: datetime) -> Iterator[DeadlineChange]:
    still = (UserTask.state == "open", UserTask.due_at.is_not(None), ~rescheduling.is_fixed())
    mine = (UserTask.instance_key == case.instance.key, *still)
    for task in case.session.execute(select(UserTask).where(*mine)).scalars().all():
        settings, element = case.definition.tasks[task.element_id], case.definition.program.elements[task.element_id]
        before = Deadline(task.due_at, task.warn_at)
        texts = (settings.due or element.due_date or "", settings.warn)
        after = _moved(case, texts, task.element_id, task.token, before, began)
        if after != before:
            place = (task.instance_key, case.instance.root_key, task.element_id, task.name)
            yield DeadlineChange(UserTask, task.key, *place, before, after)


def _of_timers(case: Case, timers: dict[int, datetime], began: datetime) -> Iterator[DeadlineChange]:
    mine = (Timer.instance_key == case.instance.key, Timer.key.in_(timers))
    for timer in case.session.execute(select(Timer).where(*mine)).scalars().all():
        at = timers[timer.key]
        due_at = due.after_pause(timer.expression, at, began, case.now, case.calendar(timer.element_id))
        if due_at != at:
            element = case.definition.program.elements[timer.element_id]
            place = (timer.instance_key, case.instance.root_key, element.id, element.name)
            yield DeadlineChange(Timer, timer.key, *place, Deadline(at), Deadline(due_at))


def _moved(
    case: Case, texts: tuple[str, str], element_id: str, token: str | None, before: Deadline, began: datetime
) -> Deadline:
    """The deadline of `texts` (due, warn) as it stands when the case goes on; a text that cannot be worked out any more moves by the time lost."""
    if before.due_at is None:
        return before
    calendar, (text, warn) = case.calendar(element_id), texts
    try:
        due_at = due.after_pause(_value(case, text, token), before.due_at, began, case.now, calendar)
        warned = due.before(_value(case, warn, token), due_at, calendar) if warn and before.warn_at else before.warn_at
    except errors.Refusal:
        lost = case.now - began
        return Deadline(before.due_at + lost, before.warn_at + lost if before.warn_at else None)
    return Deadline(due_at, warned)


def _value(case: Case, text: str, token: str | None) -> str:
    return str(case.evaluate(text, case.context(token))) if feel.is_expression(text) else text
