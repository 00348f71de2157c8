"""A question that somebody was asked, with what he may read of its task and case; nothing to act on but the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import over
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries.cases import instance_page
from engine.storage.models import Consultation, ProcessInstance, UserTask
from engine.verbs.approvals.consulting import NO_QUESTION


@dataclass(frozen=True)
class QuestionPage:
    """`is_open` says that an answer is wanted still, `over` why its task wants none any more; `due_at` is
    the task's; `case` is the page of its case, masked as it is for who only reads."""

    key: int
    title: str
    step: str
    asker: str
    question: str
    asked_at: datetime
    answer: str | None
    is_open: bool
    is_taken_back: bool
    over: errors.Refusal | None
    due_at: datetime | None
    case: instance_page.InstancePage


def question_page(session: Session, by: Actor, key: int, *, now: datetime) -> QuestionPage:
    """The page of a question that the person was asked. Raises NotFound for any other."""
    statement = (
        select(Consultation, UserTask, ProcessInstance)
        .join(UserTask, UserTask.key == Consultation.user_task_key)
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .where(Consultation.key == key, Consultation.company_id == by.company_id, Consultation.asked == by.username)
    )
    answer_row = session.execute(statement).one_or_none()
    if answer_row is None:
        raise errors.NotFound(NO_QUESTION)
    row, task, instance = answer_row
    step = telling.saying(session, task.definition_key)(task.name)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    case = instance_page.instance_page(session, by, row.instance_key, now=now)
    ended = over.refusal(session, by, task, instance, company) if row.answered_at is None else None
    return QuestionPage(
        row.key,
        case.instance.title,
        step,
        company.name_of(row.asker),
        row.question,
        row.asked_at,
        row.answer,
        is_open=row.answered_at is None and ended is None,
        is_taken_back=row.is_taken_back,
        over=ended,
        due_at=task.due_at,
        case=case,
    )
