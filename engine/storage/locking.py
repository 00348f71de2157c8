"""Reading and locking a case, and a row that points at it, in one statement by primary keys."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session, defer, load_only, undefer

from engine.storage import models
from engine.storage.models import ProcessInstance as Instance

SAID = frozenset({"done_at", "opinion", "given"})
# What moving a case never asks; each column costs time in the driver and in the ORM. Asked all the same, it is loaded then.
LEFT_OUT: dict[Any, set[str]] = {
    Instance: {
        "process_name",
        "category",
        "version",
        "started_at",
        "ended_at",
        "due_at",
        "warn_at",
        "end_event",
        "ended_as",
        "ended_reason",
        "correlation_key",
    },
    models.UserTask: {
        "form_id",
        "form_key",
        "department",
        "created_at",
        "due_at",
        "warn_at",
        "opinion",
        "outcome",
        "previous_by",
        "priority",
        "returned",
    },
    models.WorkItem: {
        "sort_due",
        "warn_at",
        "process_id",
        "department",
        "created_at",
        "opened_at",
        "done_at",
        "reason",
        "opinion",
        "given",
    },
}


def instance(session: Session, key: int) -> Instance | None:
    """The instance, locked with the root of its tree until the transaction ends; None if the session's company has none."""
    return _isolated(session, session.execute(_statement(), {"key": key}).scalar())


def with_row(session: Session, model: Any, key: int, *, skip_locked: bool = False) -> tuple[Instance, Any] | None:
    """A row that points at an instance, and the instance, both locked with the root of the tree.

    None when the row is gone or points at none, or with `skip_locked` when somebody holds the tree just now.
    """
    rows = session.execute(_statement(model, skip_locked=skip_locked), {"key": key}).one_or_none()
    return None if rows is None or _isolated(session, rows[0]) is None else (rows[0], rows[1])


def with_items(session: Session, key: int) -> tuple[Instance, models.UserTask, list[models.WorkItem]] | None:
    """A user task with its instance and its work items, all locked with the root of the tree; None if there is none.

    One that was added while this waited for the locks is read then: PostgreSQL sees changed rows, not new ones.
    """
    asked = _statement(models.UserTask, models.WorkItem)
    rows = session.execute(asked, {"key": key}).all()
    if rows and len(rows) != rows[0][1].parts:
        rows = session.execute(asked, {"key": key}).all()
    if not rows or _isolated(session, rows[0][0]) is None:
        return None
    return rows[0][0], rows[0][1], [row[2] for row in rows]


def _isolated(session: Session, locked: Instance | None) -> Instance | None:
    company = session.info.get("company")
    return locked if locked is not None and company in (None, locked.company_id) else None


def load_said(session: Session, items: Sequence[models.WorkItem]) -> None:
    """What the holders of a task's parts said, and when, where locking them has left it out: in one statement."""
    if any(not SAID.isdisjoint(inspect(item).unloaded) for item in items):
        item = models.WorkItem
        of_task = select(item).where(item.user_task_key == items[0].user_task_key)
        session.execute(of_task.options(load_only(*(getattr(item, name) for name in sorted(SAID))))).scalars().all()


@functools.cache
def _statement(*others: Any, skip_locked: bool = False) -> Any:
    """Built once: building costs more than executing.

    The root comes first in the locking, so that two who move the same tree never wait for each other in a circle. The
    tables are named bare: the company is checked afterwards, as a condition on it lures a database without statistics
    away from the primary keys.
    """
    own = Instance.__table__
    root: Any = own.alias("root")
    joined = own.join(root, root.c.key == own.c.root_key)
    tables: list[Any] = [own, *(other.__table__ for other in others)]
    for before, table in itertools.pairwise(tables):
        joined = joined.join(
            table, table.c.instance_key == own.c.key if before is own else table.c.user_task_key == before.c.key
        )
    asked = tables[1] if others else own
    columns = [column for model in (Instance, *others) for column in _columns(model)]
    locked = select(*columns).select_from(joined).where(asked.c.key == bindparam("key")).order_by(tables[-1].c.key)
    # Keys never change: whoever only writes a row that points at the case (a notice, a copy) neither waits nor is waited for.
    locked = locked.with_for_update(of=[root, *tables], key_share=True, skip_locked=skip_locked)
    # told to leave them out, or the ORM takes a column of the same name from another table
    left_out = [defer(getattr(model, name)) for model in (Instance, *others) for name in LEFT_OUT.get(model, ())]
    asked_for = [undefer(Instance.tokens), *([undefer(models.WorkItem.draft)] if models.WorkItem in others else [])]
    loaded = select(Instance, *others).from_statement(locked).options(*asked_for, *left_out)
    return loaded.execution_options(populate_existing=True)


def _columns(model: Any) -> list[Any]:
    return [column for column in model.__table__.c if column.name not in LEFT_OUT.get(model, ())]
