"""Asking for a view [征询]: whoever holds a task asks somebody; the answer is shown and decides nothing.

Whoever asked takes a question back as long as it is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import cases, history, notices
from engine.cases.cases import Surroundings
from engine.cases.rights import access, over, waiting
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Consultation, ProcessInstance, UserTask
from engine.verbs import grounds
from engine.verbs.approvals import held_tasks

MOST_ASKED = 20
NO_QUESTION = "There is no such question, or you may not view it."
ASKED = Said("征询意见：{title}（{number}）", "Asked for your view: {title} ({number})")
ANSWERED = Said("已答复征询：{title}（{number}）", "Your question is answered: {title} ({number})")
TAKEN_BACK = Said("不必答复了：{title}（{number}）", "No answer wanted any more: {title} ({number})")
TAKEN_BACK_BODY = Said("{who}撤回了征询：{said}", "{who} took the question back: {said}")
NOT_HIS = "Only who asked a question takes it back."
SAYS = Said("{who}：{said}", "{who}: {said}")


def consult(session: Session, by: Actor, key: int, to: Iterable[str], question: str, *, now: datetime) -> list[str]:
    """Asks people for their view on an open task that the person may act on; they may read its case from then on.

    Whoever has an open question of this task already is not asked twice. Gives the usernames asked. Raises NotFound,
    Forbidden, Conflict; Invalid by field: no question, unknown or too many people, oneself, whom the case keeps away.
    """
    held = held_tasks.lock(session, by, key, now)
    mine = held_tasks.part(held)
    held_tasks.require_offered(held, "consult")
    said = grounds.text(question, "text", "Please write your question.")
    asked = grounds.people(held.company, to)
    if by.username in asked or len(asked) > MOST_ASKED:
        text = "Nobody asks himself or herself." if by.username in asked else "At most %(limit)s people are asked at once."
        raise errors.Invalid(text, fields={"people": [errors.Refusal(text, limit=MOST_ASKED)]}, limit=MOST_ASKED)
    grounds.require_not_about(Surroundings(session, by, now), held.instance, asked)
    row = Consultation
    still = (row.user_task_key == key, row.answered_at.is_(None))
    asked_now = set(session.execute(select(row.asked).where(*still)).scalars())
    new = [name for name in asked if name not in asked_now]
    of = {"company_id": by.company_id, "instance_key": held.instance.key, "user_task_key": key, "asker": by.username}
    rows = [row(key=keys.new(), asked=name, question=said, asked_at=now, **of) for name in new]
    session.add_all(rows)
    held.task.questions += len(new)
    held.note("consulted", to=new, values={"comment": said})
    held_tasks.store(held)
    subject = ASKED.of(title=held.instance.title, number=held.instance.number)
    whom = held.in_place_of(mine).get("for")
    body = SAYS.of(who=held.company.acting(by.username, whom), said=said)
    told = {"who": by.username, "instead_of": whom, "said": said, "step": held.task.name, notices.TASK: held.task.key}
    own = {each.asked: {"page": f"/questions/{each.key}"} for each in rows}
    notices.send(session, held.company, new, subject, body, now=now, instance=held.instance, kind="asked", facts=told, own=own)
    return new


def answer(session: Session, by: Actor, key: int, text: str, *, now: datetime) -> Consultation:
    """Answers a question that the person was asked. Raises NotFound; Conflict when it is answered, or its task done; Invalid."""
    row = session.get(Consultation, key)
    if row is None or row.company_id != by.company_id or row.asked != by.username:
        raise errors.NotFound(NO_QUESTION)
    said = grounds.text(text, "text", "Please write your answer.")
    instance, task, company = _locked(session, by, row)
    if row.is_taken_back:
        raise errors.Overtaken("%(name)s has taken this question back.", name=company.name_of(row.asker))
    if row.answered_at is not None:
        raise errors.Conflict("You have answered this question already.")
    _require_open(session, by, task, instance, company)
    row.answer, row.answered_at, task.questions = said, now, task.questions - 1
    _note(session, by, instance, task, "advised", {"values": {"comment": said}}, now)
    subject = ANSWERED.of(title=instance.title, number=instance.number)
    body = SAYS.of(who=by.name, said=said)
    facts = {"who": by.username, "said": said, **waiting.facts(task)}
    notices.send(session, company, [row.asker], subject, body, now=now, instance=instance, kind="answered", facts=facts)
    return row


def take_back(session: Session, by: Actor, key: int, *, now: datetime) -> Consultation:
    """Takes back a question that the person has put, as long as nobody has answered it; whoever was asked hears of it.

    Raises NotFound; Forbidden for another's question; Conflict when it is answered, taken back, or its task done.
    """
    row = session.get(Consultation, key)
    if row is None or row.company_id != by.company_id:
        raise errors.NotFound(NO_QUESTION)
    if row.asker != by.username:
        if not access.may_see(session, by, session.get_one(ProcessInstance, row.instance_key)):
            raise errors.NotFound(NO_QUESTION)
        raise errors.Forbidden(NOT_HIS)
    instance, task, company = _locked(session, by, row)
    if row.is_taken_back:
        raise errors.Conflict("You have taken this question back already.")
    if row.answered_at is not None:
        raise errors.Overtaken("%(name)s has answered this question already.", name=company.name_of(row.asked))
    _require_open(session, by, task, instance, company)
    row.answered_at, task.questions = now, task.questions - 1
    _note(session, by, instance, task, "question_taken_back", {"to": [row.asked]}, now)
    subject = TAKEN_BACK.of(title=instance.title, number=instance.number)
    body = TAKEN_BACK_BODY.of(who=by.name, said=row.question)
    notices.send(session, company, [row.asked], subject, body, now=now, instance=instance)
    return row


def _locked(session: Session, by: Actor, row: Consultation) -> tuple[ProcessInstance, UserTask, Organisation]:
    """The case of a question, locked, its task and the company; all as they are now."""
    instance = cases.lock(session, row.instance_key)
    session.refresh(row)
    task = session.get_one(UserTask, row.user_task_key, populate_existing=True)
    return instance, task, organisation.at_version(session, by.company_id, by.organisation_version)


def _require_open(session: Session, by: Actor, task: UserTask, instance: ProcessInstance, company: Organisation) -> None:
    ended = over.refusal(session, by, task, instance, company)
    if ended is not None:
        raise ended


def _note(
    session: Session, by: Actor, instance: ProcessInstance, task: UserTask, kind: str, data: Mapping[str, Any], now: datetime
) -> None:
    place = {"element_id": task.element_id, "element_name": task.name}
    history.append(session, instance, kind, at=now, actor=by.username, data={"task": task.key, **data}, **place)
    session.flush()
    history.flush(session)
