"""Asking for a view [征询]: whoever holds a task asks somebody; the answer is shown and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import cases, history, notices
from engine.cases.cases import Surroundings
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import Consultation, UserTask
from engine.verbs import grounds
from engine.verbs.approvals import handing, held_tasks

MOST_ASKED = 20
NO_QUESTION = "There is no such question."
ASKED = Said("征询意见：{title}（{number}）", "Asked for your view: {title} ({number})")
ANSWERED = Said("已答复征询：{title}（{number}）", "Your question is answered: {title} ({number})")
SAYS = Said("{who}：{said}", "{who}: {said}")


def consult(session: Session, by: Actor, key: int, to: Iterable[str], question: str, *, now: datetime) -> list[str]:
    """Asks people for their view on an open task that the person may act on; they may read its case from then on.

    Whoever has an open question of this task already is not asked twice. Gives the usernames asked. Raises NotFound,
    Forbidden, Conflict; Invalid by field: no question, unknown or too many people, oneself, whom the case keeps away.
    """
    held = held_tasks.lock(session, by, key, now)
    held_tasks.part(held)
    handing.require_offered(held, "consult")
    said = grounds.text(question, "text", "Please write your question.")
    asked = grounds.people(held.company, to)
    if by.username in asked or len(asked) > MOST_ASKED:
        text = "Nobody asks himself or herself." if by.username in asked else "At most %(limit)s people are asked at once."
        raise errors.Invalid(text, fields={"people": [errors.Refusal(text, limit=MOST_ASKED)]}, limit=MOST_ASKED)
    grounds.require_not_about(Surroundings(session, by, now), held.instance, asked)
    row = Consultation
    still = (row.user_task_key == key, row.answered_at.is_(None))
    waiting = set(session.execute(select(row.asked).where(*still)).scalars())
    new = [name for name in asked if name not in waiting]
    of = {"company_id": by.company_id, "instance_key": held.instance.key, "user_task_key": key, "asker": by.username}
    session.add_all(row(key=keys.new(), asked=name, question=said, asked_at=now, **of) for name in new)
    held.note("consulted", to=new, values={"comment": said})
    held_tasks.store(held)
    subject = ASKED.of(title=held.instance.title, number=held.instance.number)
    body, facts = SAYS.of(who=by.name, said=said), {"who": by.username, "said": said, "step": held.task.name}
    notices.send(session, held.company, new, subject, body, now=now, instance=held.instance, kind="asked", facts=facts)
    return new


def answer(session: Session, by: Actor, key: int, text: str, *, now: datetime) -> Consultation:
    """Answers a question that the person was asked. Raises NotFound; Conflict when it is answered, or its task done; Invalid."""
    row = session.get(Consultation, key)
    if row is None or row.company_id != by.company_id or row.asked != by.username:
        raise errors.NotFound(NO_QUESTION)
    instance = cases.lock(session, row.instance_key)
    session.refresh(row)
    said = grounds.text(text, "text", "Please write your answer.")
    task = session.get_one(UserTask, row.user_task_key, populate_existing=True)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if row.answered_at is not None:
        raise errors.Conflict("You have answered this question already.")
    if task.state == "completed":
        name = company.name_of(task.completed_by)
        raise errors.Overtaken("This task is already done, by %(name)s.", name=name)
    if task.state != "open":
        raise errors.Conflict("This task is no longer open.")
    row.answer, row.answered_at = said, now
    place = {"element_id": task.element_id, "element_name": task.name}
    data = {"task": task.key, "values": {"comment": said}}
    history.append(session, instance, "advised", at=now, actor=by.username, data=data, **place)
    session.flush()
    history.flush(session)
    subject = ANSWERED.of(title=instance.title, number=instance.number)
    body, facts = SAYS.of(who=by.name, said=said), {"who": by.username, "said": said, "step": task.name}
    notices.send(session, company, [row.asker], subject, body, now=now, instance=instance, kind="asked", facts=facts)
    return row
