"""Open tasks that nobody can act on, as nobody was found or everybody who might has left: an incident each, until somebody can.

However people left or groups became empty, one job looks at the whole company; whoever gives such a task to somebody settles
its incident with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from engine import errors
from engine.cases import history, incident_rows
from engine.definitions.rules import joint_rules
from engine.people.actors import SYSTEM_USERNAME
from engine.people.organisation import Organisation
from engine.storage import jobs, locking
from engine.storage.models import Incident, Membership, Person, ProcessInstance, UserTask, WorkItem

JOB = "people.stranded"
KIND = "assignment"
ALL_LEFT = "Everybody who could act on “%(name)s” has left; please hand it to somebody."
NOBODY = "Nobody may act on “%(name)s”; please hand it to somebody."
NO_VOTERS = (
    "Several people decide “%(name)s” together, and none of them was found. Please enter people where they are missing and try "
    "again, or choose who decides it, at least two; who does so cannot choose himself."
)
LIVE = ("open", "waiting")
MOST = 1000  # of one look; the next one goes on
# Made once, as each alias copies all columns.
Other, Member = aliased(WorkItem, name="other"), aliased(Membership, name="member")
Somebody = aliased(Person, name="somebody")


def order(session: Session, company_id: str, *, now: datetime) -> None:
    """Has the company's tasks looked at, after the commit."""
    jobs.enqueue(session, JOB, {"company": company_id}, company_id=company_id, run_at=now, key="all")


@jobs.job(JOB, is_aside=True)
def look(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Makes an incident of each task that nobody can act on, and settles those of tasks on which somebody can again."""
    company_id, still = payload["company"], _is_told()
    stays = {(task.instance_key, task.token) for task in session.scalars(_stranded(company_id, still))}
    for row in _asking(session, company_id):
        if (row.instance_key, row.token) not in stays:
            _settle(session, row, now)
    for task in session.scalars(_stranded(company_id, ~still).limit(MOST)).all():
        _tell(session, task, now)


def is_left(company: Organisation, task: UserTask, items: Iterable[WorkItem]) -> bool:
    """Whether nobody can act on the task, or of a joint decision on one of its parts: as its people left, or none was found."""
    live = [item for item in items if item.state in LIVE]
    missed = [item for item in live if not _has_somebody(company, item)]
    return bool(missed) and (task.rule != joint_rules.ANY or len(missed) == len(live))


def _has_somebody(company: Organisation, item: WorkItem) -> bool:
    return bool(company.active([item.username] if item.username else company.members_of(item.group_name or "")))


def settle_if_held(
    session: Session, company: Organisation, instance: ProcessInstance, task: UserTask, actor: str, *, now: datetime
) -> None:
    """Resolves what stands as an incident because nobody could act on a task of a locked case, once somebody can."""
    items = session.execute(select(WorkItem).where(WorkItem.user_task_key == task.key)).scalars().all()
    if is_left(company, task, items):
        return
    row = Incident
    asking = (row.instance_key == instance.key, row.token == task.token, row.kind == KIND, row.state == "open")
    for each in session.execute(select(row).where(*asking)).scalars().all():
        _resolve(session, instance, each, actor, now)


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
    _resolve(session, instance, row, SYSTEM_USERNAME, now)
    session.flush()
    history.flush(session)


def _resolve(session: Session, instance: ProcessInstance, row: Incident, actor: str, now: datetime) -> None:
    row.state, row.resolved_at, row.resolved_by = "resolved", now, actor
    instance.incidents -= 1
    by = None if actor == SYSTEM_USERNAME else actor
    history.append(session, instance, "incident_resolved", at=now, element_id=row.element_id, actor=by)


def _asking(session: Session, company_id: str) -> Iterable[Incident]:
    """The open incidents that ask for somebody who acts, and for nothing else."""
    row = Incident
    asked = row.message.in_((ALL_LEFT, NOBODY, NO_VOTERS))
    mine = (row.company_id == company_id, row.state == "open", row.kind == KIND, asked)
    return session.execute(select(row).where(*mine).order_by(row.key)).scalars().all()


def _is_told() -> ColumnElement[bool]:
    """Whether a `UserTask` stands as an incident for want of somebody, in whatever words."""
    row = Incident
    here = (row.instance_key == UserTask.instance_key, row.token == UserTask.token)
    return exists().where(*here, row.kind == KIND, row.state == "open")


def _stranded(company_id: str, *narrowed: ColumnElement[bool]) -> Select[UserTask]:
    """Open tasks of which a part lies with nobody who is there, and no other part can be acted on; of a joint decision each
    such part is missed. It is `is_left` as a statement.
    """
    item = WorkItem
    lost = and_(item.company_id == company_id, item.state.in_(LIVE), _lacks_somebody(item))
    elsewhere = exists().where(Other.user_task_key == item.user_task_key, Other.state.in_(LIVE), ~_lacks_somebody(Other))
    keys = select(item.user_task_key).join(UserTask, UserTask.key == item.user_task_key)
    missed = keys.where(lost, UserTask.state == "open", or_(UserTask.rule != joint_rules.ANY, ~elsewhere))
    return select(UserTask).where(UserTask.key.in_(missed), *narrowed).order_by(UserTask.key)


def _lacks_somebody(item: type[WorkItem]) -> ColumnElement[bool]:
    is_nobody_s = and_(item.username.is_(None), item.group_name.is_(None))
    return or_(is_nobody_s, _has_left(item), _is_empty(item))


def _has_left(item: type[WorkItem]) -> ColumnElement[bool]:
    gone = (Somebody.company_id == item.company_id, Somebody.username == item.username, Somebody.is_disabled.is_(True))
    return and_(item.username.is_not(None), exists().where(*gone))


def _is_empty(item: type[WorkItem]) -> ColumnElement[bool]:
    there = (
        Member.company_id == item.company_id,
        Member.group_name == item.group_name,
        Somebody.company_id == item.company_id,
        Somebody.username == Member.username,
        Somebody.is_disabled.is_(False),
    )
    return and_(item.username.is_(None), item.group_name.is_not(None), ~exists().where(*there))
