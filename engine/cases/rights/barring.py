"""Of which cases nobody knows by his office: a task of their trees keeps him out (回避), as the person whom a complaint is about.

Whoever follows a process, manages departments, audits or operates does not see these by that; what he started, did, or was
shown by name he sees on, as the first handler whom only a review keeps out. Administrators are not barred: somebody must be
able to put right what nobody else may touch.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from engine.people.actors import Actor
from engine.storage.models import CarbonCopy, Consultation, ProcessInstance, UserTask, WorkItem, lists_text, lists_text_by_index

FEW = 500  # keys that a statement may name one by one
# Bare tables: the tree's own keys lead to them, and a condition on the company would lure SQLite to all tasks of it.
BESIDE: Any = ProcessInstance.__table__.alias("beside")
OF_TASK: Any = ProcessInstance.__table__.alias("case_of_task")
BARRED: Any = UserTask.__table__.alias("barred")
HIS: Any = ProcessInstance.__table__.alias("his")
OWN = aliased(WorkItem, name="own_part")


def free(session: Session, by: Actor, case_key: Any) -> ColumnElement[bool]:
    """The condition for cases that nothing keeps from the person; found from his name. A session that only reads asks once."""
    if by.is_administrator:
        return true()
    kept: dict[str, list[int]] | None = session.info.get("barred")
    barred = list(session.scalars(_barred(by).limit(FEW + 1))) if kept is None or by.username not in kept else kept[by.username]
    if kept is not None:
        kept[by.username] = barred
    if not barred:
        return true()
    named = case_key.not_in(barred) if len(barred) <= FEW else case_key.not_in(_barred(by))
    return or_(case_key.is_(None), named)


def is_free(session: Session, by: Actor, instance: ProcessInstance) -> bool:
    """The same of one case."""
    return by.is_administrator or bool(
        session.execute(select(~is_barred(by.username, literal(instance.root_key)))).scalar_one()
    )


def kept_from(session: Session, instance: ProcessInstance, usernames: Collection[str]) -> set[str]:
    """Those of some people, administrators or not, from whom the case is kept; one statement where it keeps nobody out."""
    in_tree = (BESIDE.c.key == BARRED.c.instance_key, BESIDE.c.root_key == instance.root_key, BARRED.c.excluded != [])
    rows = session.execute(select(BARRED.c.excluded).where(*in_tree).distinct()).scalars()
    excluded = {name for row in rows for name in row} & set(usernames)
    root = literal(instance.root_key)
    return {name for name in excluded if session.execute(select(is_barred(name, root))).scalar_one()}


def is_barred(username: str, root_key: Any) -> ColumnElement[bool]:
    """Whether the tree of a case is kept from the person; asked of each case by itself."""
    return is_kept_out(username, root_key) & ~_is_his(username, root_key)


def is_kept_out(username: str, root_key: Any) -> ColumnElement[bool]:
    """Whether any task of the tree keeps the person out, whatever he has to do with the case otherwise.

    As EXISTS, PostgreSQL would rather look through all tasks that there ever were.
    """
    in_tree = (BESIDE.c.key == BARRED.c.instance_key, BESIDE.c.root_key == root_key)
    barred = select(BARRED.c.key).where(*in_tree, lists_text(BARRED.c.excluded, username)).limit(1)
    return barred.scalar_subquery().is_not(None)


def _barred(by: Actor) -> Select[int]:
    about_him = (BARRED.c.company_id == by.company_id, lists_text_by_index(BARRED.c.excluded, by.username))
    roots = select(BESIDE.c.root_key).join(BARRED, BARRED.c.instance_key == BESIDE.c.key).where(*about_him)
    return select(OF_TASK.c.key).where(OF_TASK.c.root_key.in_(roots), ~_is_his(by.username, OF_TASK.c.root_key))


def _is_his(username: str, root_key: Any) -> ColumnElement[bool]:
    """Whether he has to do with the case by himself: he started it, had a part in his own name, got a copy, was asked for his view."""
    in_tree = HIS.c.root_key == root_key
    own = (OWN.instance_key == HIS.c.key, or_(OWN.username == username, OWN.done_by == username))
    asked = (Consultation.instance_key == HIS.c.key, Consultation.asked == username)
    return or_(
        exists().where(in_tree, HIS.c.initiator == username),
        exists().where(in_tree, *own),
        exists().where(CarbonCopy.instance_key == root_key, CarbonCopy.username == username),
        exists().where(in_tree, *asked),
    )
