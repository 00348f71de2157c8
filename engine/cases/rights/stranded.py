"""Open tasks that nobody can act on any more, as everybody who might has left: an incident each, until somebody can.

However people left or groups became empty, one job looks at the whole company; what a task that is done or handed on
leaves behind is settled by the same look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from engine import errors
from engine.cases import history, incident_rows
from engine.definitions.rules import joint_rules
from engine.people.actors import SYSTEM_USERNAME
from engine.storage import jobs, locking
from engine.storage.models import Incident, Membership, Person, UserTask, WorkItem

JOB = "people.stranded"
KIND = "assignment"
ALL_LEFT = "Everybody who could act on “%(name)s” has left; please hand it to somebody."
LIVE = ("open", "waiting")
MOST = 1000  # of one look; the next one goes on


def order(session: Session, company_id: str, *, now: datetime) -> None:
    """Has the company's tasks looked at, after the commit."""
    jobs.enqueue(session, JOB, {"company": company_id}, company_id=company_id, run_at=now, key="all")


@jobs.job(JOB, is_aside=True)
def look(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Makes an incident of each task that nobody can act on, and settles those of tasks on which somebody can again."""
    company_id = payload["company"]
    stranded = {(row.instance_key, row.token): row for row in _stranded(session, company_id)}
    told = {(row.instance_key, row.token): row for row in _told(session, company_id)}
    for place in told.keys() - stranded.keys():
        _settle(session, told[place], now)
    for place in sorted(stranded.keys() - told.keys()):
        _tell(session, stranded[place], now)


def _tell(session: Session, task: UserTask, now: datetime) -> None:
    instance = locking.instance(session, task.instance_key)
    if instance is None or instance.state != "active":
        return
    where = {"element_id": task.element_id, "element_name": task.name, "token": task.token}
    refusal = errors.Refusal(ALL_LEFT, name=task.name)
    incident_rows.add(session, task.company_id, KIND, refusal, now=now, instance=instance, **where)


def _settle(session: Session, row: Incident, now: datetime) -> None:
    instance = locking.instance(session, row.instance_key) if row.instance_key is not None else None
    session.refresh(row)
    if instance is None or row.state != "open":
        return
    row.state, row.resolved_at, row.resolved_by = "resolved", now, SYSTEM_USERNAME
    instance.incidents -= 1
    history.append(session, instance, "incident_resolved", at=now, element_id=row.element_id)
    session.flush()
    history.flush(session)


def _told(session: Session, company_id: str) -> Iterable[Incident]:
    row = Incident
    mine = (row.company_id == company_id, row.state == "open", row.kind == KIND, row.message == ALL_LEFT)
    return session.execute(select(row).where(*mine)).scalars().all()


def _stranded(session: Session, company_id: str) -> Iterable[UserTask]:
    """Open tasks of which a part lies with somebody who left or with a group of nobody, and no other part can be acted on;
    of a joint decision each such part is missed.
    """
    item, other = WorkItem, aliased(WorkItem)
    lost = and_(item.company_id == company_id, item.state.in_(LIVE), or_(_has_left(item), _is_empty(item)))
    elsewhere = exists().where(
        other.user_task_key == item.user_task_key, other.state.in_(LIVE), ~or_(_has_left(other), _is_empty(other))
    )
    keys = select(item.user_task_key).join(UserTask, UserTask.key == item.user_task_key)
    missed = keys.where(lost, UserTask.state == "open", or_(UserTask.rule != joint_rules.ANY, ~elsewhere))
    tasks = select(UserTask).where(UserTask.key.in_(missed)).order_by(UserTask.key).limit(MOST)
    return session.execute(tasks).scalars().all()


def _has_left(item: type[WorkItem]) -> ColumnElement[bool]:
    person = aliased(Person)
    gone = (person.company_id == item.company_id, person.username == item.username, person.is_disabled.is_(True))
    return and_(item.username.is_not(None), exists().where(*gone))


def _is_empty(item: type[WorkItem]) -> ColumnElement[bool]:
    member, person = aliased(Membership), aliased(Person)
    there = (
        member.company_id == item.company_id,
        member.group_name == item.group_name,
        person.company_id == item.company_id,
        person.username == member.username,
        person.is_disabled.is_(False),
    )
    return and_(item.username.is_(None), item.group_name.is_not(None), ~exists().where(*there))
