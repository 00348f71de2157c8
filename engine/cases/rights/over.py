"""Why an open window shows a task that is none any more: done, sent back, taken back, given to another, or gone with its case, and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import answers, sayings
from engine.basics.sayings import Said
from engine.cases.personal import personal_text
from engine.cases.rights import holding
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import HistoryEvent, ProcessInstance, UserTask, WorkItem

GIVES_AWAY = ("reassigned", "escalated")
WENT = "This task is not yours any more: it went to %(name)s."
GIVEN_BY = "%(who)s gave this task to %(name)s; it is not yours any more."
GIVEN_FOR = "%(who)s gave this task to %(name)s; it is not yours any more. The reason: %(reason)s"
RETURN = "return"  # the outcome of a task that somebody sent back
DONE = "This task is already done, by %(name)s (%(when)s)."
DONE_FOR_YOU = "%(name)s has done this task for you (%(when)s)."
DONE_BY_YOU = "You have done this task already (%(when)s)."
SENT_ON_BY_YOU = "You have sent this case another way meanwhile; this task is not needed any more."
NOT_OPEN = "This task is no longer open."
BACK_AT_BEGINNING = "%(name)s has taken this case back to the beginning on %(when)s; this task is not needed any more."
SAYINGS = {  # by the kind of the event that ended the task, where a person did it
    "returned": "%(name)s has sent this case back to “%(step)s” on %(when)s; this task is not needed any more.",
    "taken_back": "%(name)s has taken “%(step)s” back on %(when)s; this task is not needed any more.",
    "moved": "%(name)s has moved this case to “%(step)s” on %(when)s; this task is not needed any more.",
    "skipped": "%(name)s has skipped “%(step)s” on %(when)s; this task is not needed any more.",
    "cancelled": "%(name)s has cancelled this case on %(when)s.",
    "terminated": "%(name)s has ended this case by force on %(when)s.",
    "voided": "%(name)s has declared this case void on %(when)s.",
    "completed": "%(name)s has done “%(step)s” on %(when)s; with that this task was not needed any more.",
}
WITHDRAWN = "The customer has withdrawn this case on %(when)s; this task is not needed any more."
ANSWER = "answered"  # the event of a customer's answer, which ends the task that asks him too
ANSWERED = "The customer has answered online on %(when)s (%(words)s); this task is not needed any more."
ANSWERED_ONLY = "The customer has answered online on %(when)s; this task is not needed any more."
THROUGH = {  # what moves a case that nobody here moved, by the kind of its event
    "message_received": "“%(step)s” came on %(when)s; with that this task is not needed any more.",
    "timer_fired": "The time of “%(step)s” was up on %(when)s; with that this task is not needed any more.",
}
CHOICES: dict[object, Said] = {True: Said("接受", "accepts"), False: Said("不接受", "does not accept")}
BOTH = Said("{choice}：{words}", "{choice}: {words}")
BY_ITSELF = "This case has gone another way by itself on %(when)s; this task is not needed any more."


def refusal(
    session: Session, by: Actor, task: UserTask, instance: ProcessInstance, company: Organisation
) -> errors.Refusal | None:
    """Why nobody may act on the task any more, and who brought that about; None while it is open in a running case.

    `by` is who is told it.
    """
    if task.state == "open" and instance.state == "active":
        return None
    when = _when(task, company)
    if task.state == "completed" and task.completed_by == by.username:
        return errors.Conflict(DONE_BY_YOU, when=when)
    if task.state == "completed" and task.completed_by is not None and task.outcome != RETURN:
        text = DONE_FOR_YOU if _is_done_for(session, by, task) else DONE
        return errors.Overtaken(text, name=company.name_of(task.completed_by), when=when)
    event = _ended_by(session, task, instance)
    if event is not None and event.kind == ANSWER:
        words = _said(event)
        return errors.Overtaken(ANSWERED, words=words, when=when) if words else errors.Overtaken(ANSWERED_ONLY, when=when)
    if (event is None or event.actor is None) and _is_withdrawn(session, task, instance):
        return errors.Overtaken(WITHDRAWN, when=when)
    if event is None or event.actor is None:
        return _by_itself(session, task, instance, event, when)
    if event.actor == by.username:
        return errors.Conflict(SENT_ON_BY_YOU)
    step = _step(session, event)
    text = BACK_AT_BEGINNING if event.kind == "taken_back" and _is_start(event) else SAYINGS[event.kind]
    return errors.Overtaken(text, name=company.name_of(event.actor), step=step, when=when)


def _by_itself(
    session: Session, task: UserTask, instance: ProcessInstance, event: HistoryEvent | None, when: Said | None
) -> errors.Refusal:
    """That nobody here ended the task: by which message or deadline the case went on."""
    through = _last_then(session, task, instance, THROUGH)
    if through is not None and (step := _step(session, through)):
        return errors.Overtaken(THROUGH[through.kind], step=step, when=when)
    return errors.Conflict(NOT_OPEN) if event is None else errors.Conflict(BY_ITSELF, when=when)


def _is_done_for(session: Session, by: Actor, task: UserTask) -> bool:
    """Whether a deputy did the task in the name of this person."""
    item = WorkItem
    his = (item.user_task_key == task.key, item.username == by.username, item.done_by == task.completed_by)
    return session.execute(select(item.key).where(*his).limit(1)).first() is not None


def _when(task: UserTask, company: Organisation) -> Said | None:
    return sayings.moment(task.completed_at.astimezone(ZoneInfo(company.time_zone))) if task.completed_at else None


def _step(session: Session, event: HistoryEvent) -> str:
    """The step that an event speaks of, in the reader's language."""
    owner = session.get_one(ProcessInstance, event.instance_key)
    return telling.saying(session, owner.definition_key)((event.data or {}).get("to_name") or event.element_name or "")


def _is_start(event: HistoryEvent) -> bool:
    """Whether a whole case was taken back: then the event names no task that was done."""
    return "task" not in (event.data or {})


def _ended_by(session: Session, task: UserTask, instance: ProcessInstance) -> HistoryEvent | None:
    """The event that ended the task undone: the last of its moment in the tree of cases that could."""
    return _last_then(session, task, instance, [*SAYINGS, ANSWER])


def _is_withdrawn(session: Session, task: UserTask, instance: ProcessInstance) -> bool:
    """Whether the customer withdrew the case in that moment: his message ended what nobody here did."""
    return _last_then(session, task, instance, ["withdrawn"]) is not None


def _said(answer: HistoryEvent) -> str | Said:
    """What the customer answered: the process's own words for his choice or the usual ones, then his own."""
    values = (answer.data or {}).get("values") or {}
    chosen = answers.choice(values)
    choice = chosen if isinstance(chosen, str) else CHOICES.get(chosen, "")
    words = personal_text.cover(str(values.get("comment") or "").strip())
    return BOTH.of(choice=choice, words=words) if choice and words else choice or words


def _last_then(session: Session, task: UserTask, instance: ProcessInstance, kinds: Iterable[str]) -> HistoryEvent | None:
    if task.completed_at is None:
        return None
    row, tree = HistoryEvent, select(ProcessInstance.key).where(ProcessInstance.root_key == instance.root_key)
    then = (row.instance_key.in_(tree), row.at == task.completed_at, row.kind.in_(kinds))
    return session.execute(select(row).where(*then).order_by(row.key.desc()).limit(1)).scalar()


def given_away(session: Session, by: Actor, task: UserTask) -> errors.Conflict | None:
    """That a task of his went to somebody else, and to whom; None for who never had it.

    It tells nothing of the case: its notice told him as much, and he may have no right to the case any more.
    """
    row = HistoryEvent
    mine = (row.instance_key == task.instance_key, row.kind.in_(GIVES_AWAY), row.element_id == task.element_id)
    for event in session.execute(select(row).where(*mine).order_by(row.sequence.desc())).scalars():
        if event.data.get("task") == task.key and by.username in _names(event.data.get("before")):
            company = organisation.at_version(session, by.company_id, by.organisation_version)
            to = sayings.joined(company.name_of(each) for each in _names(event.data.get("to")))
            if event.actor == by.username:
                return errors.Conflict(WENT, name=to)
            if event.actor is None:
                return errors.Overtaken(WENT, name=to)
            reason = personal_text.cover(str(event.data.get("reason") or ""))
            who = company.name_of(event.actor)
            if reason:
                return errors.Overtaken(GIVEN_FOR, name=to, who=who, reason=reason)
            return errors.Overtaken(GIVEN_BY, name=to, who=who)
    return None


def why_not(
    session: Session, by: Actor, around: holding.Around, item: WorkItem, company: Organisation
) -> errors.Refusal | None:
    """`holding.refusal` of who has a part in an open task; where another has it now as somebody moved it, who that was."""
    refused = holding.refusal(by, around, item, company)
    is_taken = isinstance(refused, errors.Overtaken)
    return (given_away(session, by, around.task) or refused) if is_taken else refused


def _names(kept: object) -> list[str]:
    return [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
