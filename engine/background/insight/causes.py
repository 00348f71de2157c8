"""Why tasks were late: the first that holds of held up, holder away, sent back, waiting to be claimed; else they lay with people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine.storage.models import Deputy, HistoryEvent, LateTask, WorkItem

SUSPENDED, ABSENCE, RETURNED, CLAIM, WORK = CAUSES = ("suspended", "absence", "returned", "claim", "work")
PART = 500  # keys in one statement
Moments = dict[int, list[datetime]]


def of_late(session: Session, company_id: str, late: Sequence[Any]) -> dict[int, str]:
    """By the task's key; of rows with key, root_key, created_at, completed_at and again. Three statements for 500 tasks."""
    return dict(cause for part in _parts(late) for cause in _of_part(session, company_id, part))


class CountedTask(Protocol):
    """A task that was done, with what is counted of it."""

    @property
    def key(self) -> int: ...
    @property
    def instance_key(self) -> int: ...
    @property
    def fact(self) -> dict[str, Any]: ...


def keep(session: Session, common: Mapping[str, Any], done: Sequence[CountedTask]) -> None:
    """Stores why tasks were late, so that figures by cause lead to them; `common` is company and day."""
    late = [
        {**common, "user_task_key": each.key, "instance_key": each.instance_key, "cause": each.fact["cause"]} for each in done
    ]
    for part in _parts([row for row in late if row["cause"]]):
        moved = [row["user_task_key"] for row in part]  # summed up on another day, when the company had another time zone
        session.execute(delete(LateTask).where(LateTask.user_task_key.in_(moved)))
        session.execute(insert(LateTask), list(part))


def _of_part(session: Session, company_id: str, late: Sequence[Any]) -> Iterator[tuple[int, str]]:
    held_up = _suspensions(session, {row.root_key for row in late})
    items = _items(session, [row.key for row in late])
    away = _away(session, company_id, {name for each in items.values() for item in each for name in _holders(item)}, late)
    for row in late:
        span = row.created_at, row.completed_at
        own = items.get(row.key, [])
        if any(span[0] <= at <= span[1] for at in held_up.get(row.root_key, [])):
            yield row.key, SUSPENDED
        elif any(_overlap(span, period) for item in own for name in _holders(item) for period in away.get(name, [])):
            yield row.key, ABSENCE
        elif row.again:
            yield row.key, RETURNED
        else:
            yield row.key, CLAIM if any(_waited_long(item, span) for item in own) else WORK


def _waited_long(item: Any, span: tuple[datetime, datetime]) -> bool:
    """Whether more than half of the time had passed when somebody claimed it."""
    return item.group_name is not None and item.claimed_at is not None and item.claimed_at - span[0] > (span[1] - span[0]) / 2


def _overlap(span: tuple[datetime, datetime], period: tuple[datetime, datetime]) -> bool:
    return period[0] < span[1] and span[0] < period[1]


def _holders(item: Any) -> set[str]:
    return {name for name in (item.username, item.first_owner) if name}


def _suspensions(session: Session, roots: set[int]) -> Moments:
    row, moments = HistoryEvent, Moments()
    statement = select(row.instance_key, row.at).where(row.instance_key.in_(roots), row.kind == "suspended")
    for key, at in session.execute(statement) if roots else ():
        moments.setdefault(key, []).append(at)
    return moments


def _items(session: Session, tasks: list[int]) -> dict[int, list[Any]]:
    row, items = WorkItem, dict[int, list[Any]]()
    columns = (row.user_task_key, row.username, row.first_owner, row.group_name, row.claimed_at)
    for each in session.execute(select(*columns).where(row.user_task_key.in_(tasks))) if tasks else ():
        items.setdefault(each.user_task_key, []).append(each)
    return items


def _away(
    session: Session, company_id: str, names: set[str], late: Sequence[Any]
) -> dict[str, list[tuple[datetime, datetime]]]:
    if not names:
        return {}
    row, absences = Deputy, dict[str, list[tuple[datetime, datetime]]]()
    since = min(each.created_at for each in late)
    mine = (row.company_id == company_id, row.principal.in_(names), row.ends_at > since)
    for each in session.execute(select(row.principal, row.begins_at, row.ends_at, row.ended_at).where(*mine)):
        until = min(each.ends_at, each.ended_at) if each.ended_at else each.ends_at
        absences.setdefault(each.principal, []).append((each.begins_at, until))
    return absences


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[n : n + PART] for n in range(0, len(rows), PART))
