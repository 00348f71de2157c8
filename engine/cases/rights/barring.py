"""Of which cases somebody knows nothing, by whatever right: they are about him, as a task of theirs keeps him out (回避).

A case is kept from him
- where a task of its tree keeps him out, and he has to do with nothing in the tree by himself;
- where a task of the case itself keeps him out by what the case holds, and he has to do with nothing in that very case:
  a part in the complaint does not show him the case that it called about him.

Whoever follows a process, manages departments, audits or operates does not see these by that; what he started, did, or was
shown by name he sees on. Whom a task keeps out for having acted elsewhere (`separate_from`, `handler of`) goes on seeing it:
the case is not about him. Administrators are not barred: somebody must be able to put right what nobody else may touch.
A machine account is barred from what is kept from who answers for it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, exists, false, literal, or_, select, true, union
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
    if by.is_unbarred:
        return true()
    kept: dict[str, list[int]] | None = session.info.get("barred")
    barred = _asked(session, by) if kept is None or by.answerable not in kept else kept[by.answerable]
    if kept is not None:
        kept[by.answerable] = barred
    if not barred:
        return true()
    named = case_key.not_in(barred) if len(barred) <= FEW else case_key.not_in(_barred(by))
    return or_(case_key.is_(None), named)


def _asked(session: Session, by: Actor) -> list[int]:
    return list(session.scalars(_barred(by).limit(FEW + 1)))


def is_free(session: Session, by: Actor, instance: ProcessInstance) -> bool:
    """The same of one case."""
    return by.is_unbarred or bool(session.execute(select(~keeps(by, instance))).scalar_one())


def keeps(by: Actor, instance: ProcessInstance) -> ColumnElement[bool]:
    """Whether this one case is kept from the person, who is no administrator, for a statement that asks other things too."""
    return is_barred(by.answerable, literal(instance.key), literal(instance.root_key))


def beside(by: Actor, instance: ProcessInstance, case: Any = ProcessInstance) -> ColumnElement[bool]:
    """The condition for the cases of the tree of one that he sees which he may know of: that one, and what nothing keeps from him."""
    return true() if by.is_unbarred else or_(case.key == instance.key, ~is_barred(by.answerable, case.key, case.root_key))


def is_kept(by: Actor | None, case: Any = ProcessInstance) -> ColumnElement[bool]:
    """Whether a case that another called is kept from the person, as a column: its caller's pages tell what it is called alone."""
    if by is None or by.is_unbarred:
        return false()
    return case.parent_key.is_not(None) & is_barred(by.answerable, case.key, case.root_key)


def kept_from(session: Session, instance: ProcessInstance, usernames: Collection[str]) -> set[str]:
    """Those of some people, administrators or not, from whom the case is kept; one statement where it keeps nobody out."""
    in_tree = (BESIDE.c.key == BARRED.c.instance_key, BESIDE.c.root_key == instance.root_key, BARRED.c.excluded != [])
    rows = session.execute(select(BARRED.c.excluded).where(*in_tree).distinct()).scalars()
    excluded = {name for row in rows for name in row} & set(usernames)
    one = literal(instance.key), literal(instance.root_key)
    return {name for name in excluded if session.execute(select(is_barred(name, *one))).scalar_one()}


def is_barred(username: str, key: Any, root_key: Any) -> ColumnElement[bool]:
    """Whether a case is kept from the person; asked of each case by itself."""
    by_tree = is_kept_out(username, root_key) & ~_is_his(username, HIS.c.root_key, root_key)
    return by_tree | (_is_about(username, key) & ~_is_his(username, HIS.c.key, key))


def is_kept_out(username: str, root_key: Any) -> ColumnElement[bool]:
    """Whether any task of the tree keeps the person out, whatever he has to do with the case otherwise.

    As EXISTS, PostgreSQL would rather look through all tasks that there ever were.
    """
    in_tree = (BESIDE.c.key == BARRED.c.instance_key, BESIDE.c.root_key == root_key)
    barred = select(BARRED.c.key).where(*in_tree, lists_text(BARRED.c.excluded, username)).limit(1)
    return barred.scalar_subquery().is_not(None)


def _is_about(username: str, key: Any) -> ColumnElement[bool]:
    """Whether a task of the case itself keeps the person out as the case is about him."""
    of_case = (BESIDE.c.key == BARRED.c.instance_key, BESIDE.c.key == key)
    barred = select(BARRED.c.key).where(*of_case, lists_text(BARRED.c.excluded, username), _means(username)).limit(1)
    return barred.scalar_subquery().is_not(None)


def _means(username: str) -> ColumnElement[bool]:
    """Whether a task (`BARRED` of `BESIDE`) that keeps the person out does so as the case is about him.

    Where that was not told apart yet, it is taken to be, but for whoever started the case: his own requests keep him out too.
    """
    before = and_(BARRED.c.about.is_(None), BESIDE.c.initiator.is_distinct_from(username))
    return or_(lists_text(BARRED.c.about, username), before)


def _barred(by: Actor) -> CompoundSelect[int]:
    """The keys of all cases that are kept from him."""
    about_him = (BARRED.c.company_id == by.company_id, lists_text_by_index(BARRED.c.excluded, by.answerable))
    tasks = BESIDE.join(BARRED, BARRED.c.instance_key == BESIDE.c.key)
    roots = select(BESIDE.c.root_key).select_from(tasks).where(*about_him)
    of_tree = ~_is_his(by.answerable, HIS.c.root_key, OF_TASK.c.root_key)
    of_case = (_means(by.answerable), ~_is_his(by.answerable, HIS.c.key, BESIDE.c.key))
    return union(
        select(OF_TASK.c.key).where(OF_TASK.c.root_key.in_(roots), of_tree),
        select(BESIDE.c.key).select_from(tasks).where(*about_him, *of_case),
    )


def _is_his(username: str, column: Any, key: Any) -> ColumnElement[bool]:
    """Whether he has to do with a tree or a case by himself: he started it, had a part in his own name, got a copy, was asked for his view.

    `column` of `HIS` is that which the key stands in. The first case alone counts as started by him, and bears the copies.
    """
    these = column == key
    own = (OWN.instance_key == HIS.c.key, or_(OWN.username == username, OWN.done_by == username))
    asked = (Consultation.instance_key == HIS.c.key, Consultation.asked == username)
    return or_(
        exists().where(these, HIS.c.parent_key.is_(None), HIS.c.initiator == username),
        exists().where(these, *own),
        exists().where(CarbonCopy.instance_key == key, CarbonCopy.username == username),
        exists().where(these, *asked),
    )
