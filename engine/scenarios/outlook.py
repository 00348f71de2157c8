"""What a trial shows beside its open steps: what comes due next, what it waits for from outside, notices, decisions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.announcing import kinds, making
from engine.announcing.news import happened, telling
from engine.calendar.working import Calendar
from engine.cases import history
from engine.definitions import definitions
from engine.operations import attempts
from engine.people import organisation
from engine.problems import UnnamedElement
from engine.storage import jobs
from engine.storage.models import HistoryEvent, Job, Notice, ProcessInstance, ScheduledStart, Subscription, Timer, UserTask

FAR = timedelta(days=3660)
MOST = 50


@dataclass(frozen=True)
class Due:
    """Something that comes due: a timer or the reminder of a step (`name`, Beside where it has none), or a start by time ("").

    `is_reminder`: it only tells people. `departs` says where the day is not what its weekday says: True for a make-up
    workday (调休), False for a holiday; None for neither.
    """

    at: datetime
    name: str | UnnamedElement = ""
    is_reminder: bool = False
    departs: bool | None = None


Placed = tuple[Due, tuple[int | None, str]]  # with the case and the element where it comes due


@dataclass(frozen=True)
class NoticeAhead:
    """A notice that would reach somebody: to whom, what about; `leaves`: also by the channels that the company has. One that
    only leaves has in `kind` the message id of what it is."""

    at: datetime
    who: str
    subject: str
    leaves: bool
    kind: str = ""


@dataclass(frozen=True)
class Decided:
    """A decision that was made: the step, its value, and of each table the rules that fit, by number (none: the default)."""

    name: str | UnnamedElement
    value: Any
    tables: list[tuple[str, list[int]]]


@dataclass(frozen=True)
class Awaited:
    """A message or signal that the trial listens for (`kind`), by its name and the value that finds the case."""

    kind: str
    name: str
    correlation: str
    step: str | UnnamedElement


@dataclass(frozen=True)
class Outlook:
    """What the page of a trial shows beside the steps."""

    due: Due | None = None
    notices: list[NoticeAhead] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    awaited: list[Awaited] = field(default_factory=list)
    outside: list[tuple[str, str | UnnamedElement]] = field(default_factory=list)


def outlook(session: Session, company: organisation.Organisation, now: datetime) -> Outlook:
    """All of it, as the trial stands."""
    return Outlook(
        due=_next(session, company, now),
        notices=[*_leaving(session, company, now), *_notices(session, company)],
        decisions=list(_decisions(session)),
        awaited=list(_awaited(session)),
        outside=list(_outside(session)),
    )


def _next(session: Session, company: organisation.Organisation, now: datetime) -> Due | None:
    """The next moment at which something happens; deadlines of steps that are over are none."""
    upcoming = [*_timers(session), *_reminders(session), *_starts(session)]
    coming = sorted(
        (each for each in upcoming if now < each[0].at <= now + FAR), key=lambda each: (each[0].at, str(each[0].name))
    )
    if not coming:
        return None
    first, place = coming[0]
    calendar = Calendar.of(session, company, _calendar(session, *place))
    return replace(first, departs=_departs(calendar, first.at))


def _calendar(session: Session, instance_key: int | None, element_id: str) -> str:
    """The name of the calendar by which time counts there; "" for the start of a case."""
    instance = session.get(ProcessInstance, instance_key) if instance_key else None
    return definitions.by_key(session, instance.definition_key).calendar_of(element_id) if instance is not None else ""


def _departs(calendar: Calendar, at: datetime) -> bool | None:
    day = at.astimezone(calendar.zone).date()
    works = calendar.is_working_day(day)
    return None if works == calendar.is_usual(day) else works


def _timers(session: Session) -> Iterator[Placed]:
    for timer in session.execute(select(Timer).order_by(Timer.due_at).limit(MOST)).scalars():
        place = (timer.instance_key, timer.element_id)
        yield Due(timer.due_at, _element(session, *place)), place


def _reminders(session: Session) -> Iterator[Placed]:
    mine = select(Job).where(Job.state == "open", Job.type.not_in(jobs.aside())).order_by(Job.run_at).limit(10 * MOST)
    for job in session.execute(mine).scalars():
        task_key, case_key = job.payload.get("user_task_key"), job.payload.get("instance_key")
        task = session.get(UserTask, task_key) if task_key else None
        case = session.get(ProcessInstance, case_key) if case_key else None
        if (task_key and (task is None or task.state != "open")) or (case is not None and case.state != "active"):
            continue  # the deadline of what is over
        at = task or job
        place = (at.instance_key or case_key, at.element_id or "")
        yield Due(job.run_at, _element(session, *place), is_reminder=bool(task or case)), place


def _starts(session: Session) -> Iterator[Placed]:
    moments = session.execute(select(ScheduledStart.due_at)).scalars()
    return ((Due(at), (None, "")) for at in moments if at is not None)


def _notices(session: Session, company: organisation.Organisation) -> Iterator[NoticeAhead]:
    """What the page would tell: made already, or held by the histories of the cases."""
    made = session.execute(select(Notice).order_by(Notice.key.desc()).limit(MOST)).scalars()
    notices = [
        NoticeAhead(each.created_at, company.name_of(each.username), each.subject, each.kind is not None) for each in made
    ]
    event = HistoryEvent
    held = session.execute(select(event).where(event.kind == history.TOLD).order_by(event.key.desc()).limit(MOST)).scalars()
    notices += [_held(company, each, reader) for each in held for reader in each.data["to"]]
    return iter(sorted(notices, key=lambda each: each.at, reverse=True)[:MOST])


def _held(company: organisation.Organisation, event: HistoryEvent, reader: str) -> NoticeAhead:
    told = event.data["values"]
    subject = told["texts"][company.language_of(reader)]["subject"]
    return NoticeAhead(event.at, company.name_of(reader), subject, told["kind"] is not None)


def _leaving(session: Session, company: organisation.Organisation, now: datetime) -> Iterator[NoticeAhead]:
    """What mail and chats would tell, as the trial stands: of work that nobody has looked at yet, and incidents."""
    for instance in session.execute(select(ProcessInstance).order_by(ProcessInstance.key).limit(MOST)).scalars():
        mine = select(HistoryEvent).where(HistoryEvent.instance_key == instance.key).order_by(HistoryEvent.sequence)
        events = session.execute(mine.limit(making.EVENTS)).scalars().all()
        for each in happened.news_from(telling.CaseNews(session, company, instance, events, now))[:MOST]:
            label = kinds.KINDS[each.kind].label
            yield NoticeAhead(now, company.name_of(each.reader), str(each.facts.get("step") or ""), True, label)


def _decisions(session: Session) -> Iterator[Decided]:
    mine = select(HistoryEvent).where(HistoryEvent.kind == "decided").order_by(HistoryEvent.key.desc()).limit(MOST)
    for event in session.execute(mine).scalars():
        tables = [table for step in event.data.get("trail", []) for table in step.get("tables", [])]
        hit = [(str(each.get("name") or ""), [rule["number"] for rule in each.get("rules", [])]) for each in tables]
        yield Decided(_element(session, event.instance_key, event.element_id or ""), event.data.get("value"), hit)


def _awaited(session: Session) -> Iterator[Awaited]:
    mine = select(Subscription).where(Subscription.instance_key.is_not(None), Subscription.kind.in_(("message", "signal")))
    for each in session.execute(mine.order_by(Subscription.key).limit(MOST)).scalars():
        step = _element(session, each.instance_key, each.element_id)
        yield Awaited(each.kind, each.name, each.correlation_key or "", step)


def _outside(session: Session) -> Iterator[tuple[str, str | UnnamedElement]]:
    """Jobs that wait for a worker outside: their type and the step."""
    mine = select(Job).where(Job.state == "open", Job.element_id.is_not(None)).order_by(Job.key)
    for job in session.execute(mine.limit(MOST)).scalars():
        if not attempts.is_known(job.type):
            yield job.type, _element(session, job.instance_key, job.element_id or "")


def _element(session: Session, instance_key: int | None, element_id: str) -> str | UnnamedElement:
    """What people call an element; one without a name by its kind and, at the edge of a step, by that step."""
    instance = session.get(ProcessInstance, instance_key) if instance_key else None
    if instance is None or not element_id:
        return ""
    elements = definitions.by_key(session, instance.definition_key).program.elements
    element = elements.get(element_id)
    if element is None or element.name.strip():
        return element.name if element is not None else ""
    host = elements.get(element.attached_to or "")
    return UnnamedElement(element.type, (host.name,) if host is not None and host.name.strip() else ())
