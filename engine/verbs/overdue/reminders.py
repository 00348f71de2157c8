"""Notices at a deadline: a warning ahead of it to those who hold the task, at expiry to whom the diagram names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.basics.sayings import Said
from engine.calendar import clock, due
from engine.calendar.working import Calendar
from engine.cases import cases, notices
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import recusal, standing_in
from engine.definitions import declarations, definitions
from engine.definitions.task_settings import HAND_OVER, TELL, TaskSettings
from engine.execution import assignments
from engine.people import organisation, resolve
from engine.people.actors import SYSTEM
from engine.storage import jobs
from engine.storage.models import UserTask, WorkItem
from engine.verbs.overdue import lateness

MOST_REMINDERS = 20
SUBJECTS = {
    "due_soon": Said("即将到期：{name}（{number}）", "Due soon: {name} ({number})"),
    "overdue": Said("已超期：{name}（{number}）", "Overdue: {name} ({number})"),
}
BODIES = {
    "due_soon": Said("“{title}”的环节“{name}”应在 {due} 前办结。", "“{name}” of “{title}” is due by {due}."),
    "overdue": Said(
        "“{title}”的环节“{name}”应在 {due} 前办结，已超期。", "“{name}” of “{title}” was due by {due} and is overdue."
    ),
}

OF_CASES = {
    "due_soon": Said("单据“{title}”应在 {due} 前办结。", "The whole case “{title}” is due by {due}."),
    "overdue": Said("单据“{title}”应在 {due} 前办结，已超期。", "The whole case “{title}” was due by {due} and is overdue."),
}


@jobs.job(assignments.WARN)
def warn(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Tells the holders of an open task that its due time is near."""
    open_task = _open_task(session, payload["user_task_key"])
    if open_task is not None:
        _tell(session, *open_task, _holders(session, open_task[0], now), "due_soon", now)


@jobs.job(assignments.OVERDUE)
def tell_overdue(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Tells whom the `escalate` of an open task names that it is overdue, does what its `late` says, and orders reminders."""
    open_task = _open_task(session, payload["user_task_key"])
    if open_task is None:
        return
    escalated = _escalated(session, *open_task, now)
    settings = _settings(session, open_task[0])
    if settings.late != HAND_OVER:
        _tell(session, *open_task, escalated, "overdue", now)
    is_changed = settings.late != TELL and lateness.act(session, open_task[0].company_id, open_task[0].key, escalated, now=now)
    if settings.late == HAND_OVER and not is_changed:  # nobody of them may have it: they hear of it all the same
        _tell(session, *open_task, escalated, "overdue", now)
    if not is_changed:
        _tell_holders(session, *open_task, now)
    _order_reminder(session, open_task[0], settings.remind, 1, now)


@jobs.job(assignments.REMIND)
def remind(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Reminds the holders of a task that is still overdue, and orders the next time."""
    open_task, count = _open_task(session, payload["user_task_key"]), payload["count"]
    if open_task is None or open_task[0].due_at is None or open_task[0].due_at > now:
        return
    _tell(session, *open_task, _holders(session, open_task[0], now), "overdue", now)
    _order_reminder(session, open_task[0], _settings(session, open_task[0]).remind, count + 1, now)


def _order_reminder(session: Session, task: UserTask, every: str, count: int, now: datetime) -> None:
    """The next reminder, by the calendar of who holds it: as many steps after the deadline, however late this one was.

    One that is counted in working days comes when work begins.
    """
    if not declarations.is_step(every) or count > MOST_REMINDERS or task.state != "open":
        return  # a version of before may hold what does not lead on
    company = organisation.current(session, task.company_id)
    step = definitions.by_key(session, task.definition_key).calendar_of(task.element_id)
    calendar = Calendar.of(session, company, company.calendar_of(task.assignee) or step)
    if every.endswith("wd"):
        at = calendar.local(due.compute(every, now, calendar).astimezone(calendar.zone).date(), calendar.hours[0][0])
    else:
        at = due.next(due.cycle(every), now, calendar, anchor=task.due_at) or now
    values = {"user_task_key": task.key, "count": count}
    jobs.enqueue(session, assignments.REMIND, values, company_id=task.company_id, run_at=at, key=str(task.key))


def _settings(session: Session, task: UserTask) -> TaskSettings:
    return definitions.by_key(session, task.definition_key).tasks[task.element_id]


@jobs.job(assignments.CASE_WARN)
def warn_case(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Tells the managers of a running case's process that its due time is near."""
    _tell_managers(session, payload["instance_key"], "due_soon", now)


@jobs.job(assignments.CASE_OVERDUE)
def tell_case_overdue(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Tells the managers of a running case's process that it is overdue."""
    _tell_managers(session, payload["instance_key"], "overdue", now)


def _open_task(session: Session, key: int) -> tuple[UserTask, Instance] | None:
    joined = select(UserTask, Instance).join(Instance, Instance.key == UserTask.instance_key)
    statement = joined.where(UserTask.key == key, UserTask.state == "open").options(undefer(Instance.tokens))
    row = session.execute(statement).one_or_none()
    return (row[0], row[1]) if row and row[1].suspended is None else None  # a held-up case is reckoned anew when it goes on


def _holders(session: Session, task: UserTask, now: datetime) -> list[str]:
    """Those who hold the task, of a group whom it keeps out not, and who may act for them."""
    company = organisation.current(session, task.company_id)
    mine = (WorkItem.user_task_key == task.key, WorkItem.state == "open")
    items = session.execute(select(WorkItem).where(*mine).order_by(WorkItem.key)).scalars().all()
    names = [name for item in items for name in standing_in.holders_of(company, item, task)]
    standing = standing_in.on(session, company, [(item, task) for item in items if item.username], now=now)
    return [*names, *(other for each in standing.values() for other in each.able)]


def _escalated(session: Session, task: UserTask, instance: Instance, now: datetime) -> list[str]:
    """Whom the diagram wants told; an expression that fails tells nobody more, the task itself stays overdue."""
    text = definitions.by_key(session, task.definition_key).tasks[task.element_id].escalate
    if not text:
        return []
    case = cases.take_up(Surroundings(session, SYSTEM(task.company_id), now), instance)
    try:
        value = case.evaluate(text, case.context(task.token))
    except errors.Refusal:
        return []
    given = [str(each) for each in value if each] if isinstance(value, list) else str(value or "")
    return [name.removeprefix(resolve.GROUP_PREFIX) for name in resolve.names_in(given)]


def _tell(session: Session, task: UserTask, instance: Instance, to: list[str], kind: str, now: datetime) -> None:
    """Tells these people and groups, but for whom the case is about: he is not to know of it."""
    company = organisation.current(session, instance.company_id)
    named = notices.people(company, to)
    kept_away = recusal.unseeing(Surroundings(session, SYSTEM(company.id), now), instance, named)
    facts, told = _facts(task, now), [name for name in named if name not in kept_away]
    due = clock.said(company, datetime.fromisoformat(facts["due"]))
    body = BODIES[kind].of(title=instance.title, name=task.name, due=due)
    subject = SUBJECTS[kind].of(name=task.name, number=instance.number)
    notices.send(session, company, told, subject, body, now=now, instance=instance, kind=kind, facts=facts)


def _tell_holders(session: Session, task: UserTask, instance: Instance, now: datetime) -> None:
    """Outside the page alone: in their inbox the task stands as overdue."""
    company = organisation.current(session, instance.company_id)
    holders, source = _holders(session, task, now), f"overdue:{task.key}:{task.due_at}"
    notices.announce(session, company, holders, "overdue", source, now=now, instance=instance, facts=_facts(task, now))


def _facts(task: UserTask, now: datetime) -> dict[str, Any]:
    return {"step": task.name, "due": (task.due_at or now).isoformat(), "task": task.key}


def _tell_managers(session: Session, key: int, kind: str, now: datetime) -> None:
    instance = session.get(Instance, key)
    if instance is not None and instance.state == "active" and instance.suspended is None:
        managers = list(definitions.by_key(session, instance.definition_key).settings.managers)
        company, due_at = organisation.current(session, instance.company_id), instance.due_at or now
        facts = {"due": due_at.isoformat(), "is_whole": True}
        body = OF_CASES[kind].of(title=instance.title, due=clock.said(company, due_at))
        subject = SUBJECTS[kind].of(name=instance.process_name, number=instance.number)
        notices.send(session, company, managers, subject, body, now=now, instance=instance, kind=kind, facts=facts)
