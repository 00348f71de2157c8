"""What stands beside a notice: why its reader was told, and what became of a deadline that it tells of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine.cases.rights import holding
from engine.cases.rights.access import MANAGES, OPERATES, STARTED, TAKES_PART
from engine.definitions.languages import telling
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases.where import limits
from engine.storage.models import ProcessInstance, UserTask, WorkItem

DUE_SOON, OVERDUE = "due_soon", "overdue"
OF_DEADLINES = frozenset([DUE_SOON, OVERDUE])
RETURNED = "returned"
# Kinds that ask for something about the task that they name; "" of what the page alone tells.
ASKING = frozenset([RETURNED, "urged", "deputy", "asked", ""])
FOLLOWS, COPIED, YOURS, ASKED, NAMED, PROCESS, GROUPS = "follows", "copied", "yours", "asked", "named", "process", "groups"
OF_YOUR_GROUP, HAD = "of_your_group", "had"
DONE, OVER, LATE = "done", "over", "late"  # the step is, its case is, it is late by now
PAST = frozenset([DONE, OVER])
WHY = {
    "followed": FOLLOWS,
    "copied": COPIED,
    "result": STARTED,
    "urged": YOURS,
    "returned": YOURS,
    "asked": ASKED,
    "answered": ASKED,
    "mentioned": NAMED,
}


@dataclass(frozen=True)
class Reader:
    """What the reader of a notice is to its case; `has_part` in it, `has_open` one that is open, `has_own` that in his own name."""

    has_begun: bool = False
    has_part: bool = False
    has_open: bool = False
    has_own: bool = False
    manages: bool = False
    operates: bool = False


@dataclass(frozen=True)
class OwnTask:
    """The open task of a notice's reader, in the tree of its case, whose limit is the nearest, and how many `more` he has there.

    `group` is the name of the group whose task he may claim, `instead_of` of whom he stands in for; "" for one in his own name. It `came_at` a moment.
    """

    key: int
    name: str
    due_at: datetime | None
    warn_at: datetime | None
    beyond_step: datetime | None
    came_at: datetime
    group: str = ""
    instead_of: str = ""
    more: int = 0


@dataclass(frozen=True)
class About:
    """What is known of the case that a notice is about: `texts` are the subjects by which the notice says it.

    `groups` are those of its reader that the process told, None for a notice that no process sent.
    """

    kind: str
    texts: Sequence[str]
    at: datetime
    instance_key: int
    state: str
    process_name: str
    due_at: datetime | None
    reader: Reader = Reader()
    groups: tuple[str, ...] | None = None
    task: int | None = None
    away: Collection[str] = ()

    @property
    def asks(self) -> bool:
        """Whether it asks for something about one task, which is past once that is done or, of somebody who is `away`, handed on."""
        return self.kind == RETURNED or (self.task is not None and self.kind in ASKING)

    @property
    def is_of_case(self) -> bool:
        """Whether it tells of the deadline of the whole case: that goes by the process's name, to who manages it."""
        return self.kind in OF_DEADLINES and any(self.process_name in each for each in self.texts)


def why(about: About, fate: str = "") -> str:
    """Why the reader was told, as one of the codes above; "" where nothing is known but what the notice says.

    `fate` is what became of it since, as `fate` says: a task that came back and is done is his no more.
    """
    if about.kind in (RETURNED, "urged") and fate in PAST:
        return HAD
    if told := of_process(about.groups):
        return told
    if about.kind == "incident":
        return MANAGES if about.reader.manages or not about.reader.operates else OPERATES
    if about.kind in OF_DEADLINES:
        if about.is_of_case:
            return MANAGES
        return _of_part(about.reader)
    return WHY.get(about.kind) or _as_reader(about.reader)


def _of_part(reader: Reader) -> str:
    if reader.has_open:
        return YOURS if reader.has_own else OF_YOUR_GROUP
    return HAD if reader.has_part else PROCESS


def of_process(groups: tuple[str, ...] | None) -> str:
    """Why, as far as the notice itself knows: that its process tells groups of the reader, or him by name."""
    return "" if groups is None else GROUPS if groups else PROCESS


def _as_reader(reader: Reader) -> str:
    if reader.has_part:
        return TAKES_PART
    return STARTED if reader.has_begun else MANAGES if reader.manages else ""


def own_tasks(session: Session, by: Actor, company: Organisation, roots: Collection[int]) -> Mapping[int, OwnTask]:
    """What waits for the person himself in each of these trees, by the key of their first case; one statement, none for none."""
    rows: dict[int, dict[int, Any]] = {}
    for row in session.execute(_own(by, roots)) if roots else ():
        rows.setdefault(row.root_key, {}).setdefault(row.key, row)
    return {root: _own_task(session, by, company, list(tasks.values())) for root, tasks in rows.items()}


def own_beside(session: Session, by: Actor, company: Organisation, instance_key: int) -> OwnTask | None:
    """What else waits for the person in the tree of a case, unless he would have to claim it from a group; one statement."""
    root = select(ProcessInstance.root_key).where(ProcessInstance.key == instance_key)
    tasks = {row.key: row for row in reversed(session.execute(_own(by, root)).all())}
    own = _own_task(session, by, company, list(reversed(tasks.values()))) if tasks else None
    return None if own is None or own.group else own


def _own(by: Actor, roots: Collection[int] | Select[int]) -> Any:
    task, item, case = UserTask, WorkItem, ProcessInstance
    columns = (
        task.key,
        task.name,
        task.due_at,
        task.warn_at,
        task.created_at,
        task.definition_key,
        item.username,
        item.group_name,
    )
    mine = (holding.open_to(by), ~holding.kept_out(by), case.state == "active", case.suspended.is_(None))
    limit = limits.beyond_step()
    return (
        select(*columns, case.root_key, limit)
        .select_from(case)
        .join(item, item.instance_key == case.key)
        .join(task, task.key == item.user_task_key)
        .where(case.root_key.in_(roots), *mine)
        .order_by(limit.asc().nulls_last(), task.key, holding.nearest(by, item))
    )


def _own_task(session: Session, by: Actor, company: Organisation, rows: Sequence[Any]) -> OwnTask:
    row = telling.told(session, rows[0])
    limit = (row.due_at, row.warn_at, row.beyond_step, row.created_at)
    is_his = row.username is not None or holding.is_alone(by, company, row.group_name, ())
    group = "" if is_his else company.called(row.group_name)
    instead_of = company.name_of(holding.instead_of(by, row.username, row.group_name))
    return OwnTask(row.key, row.name, *limit, group, instead_of, more=len(rows) - 1)


def open_tasks(session: Session, told: Collection[About]) -> Mapping[int, list[Any]]:
    """The open tasks of the cases of which a deadline or a task was told, by case, once for each open part; no statement for none."""
    keys = {each.instance_key for each in told if (each.kind in OF_DEADLINES or each.asks) and each.state == "active"}
    by_case: dict[int, list[Any]] = {}
    if keys:
        row, part = UserTask, WorkItem
        columns = (row.key, row.instance_key, row.created_at, row.due_at, part.username)
        parts = (part.user_task_key == row.key) & (part.state == "open")
        statement = select(*columns).outerjoin(part, parts).where(row.instance_key.in_(keys), row.state == "open")
        for task in session.execute(statement):
            by_case.setdefault(task.instance_key, []).append(task)
    return by_case


def fate(about: About, tasks: Mapping[int, list[Any]], now: datetime) -> str:
    """What became since of a limit, or of a task about which something was asked: `DONE`, with its whole case `OVER`, of one that was near `LATE`.

    "" where it is as it was told.
    """
    if about.kind not in OF_DEADLINES and not about.asks:
        return ""
    if about.state != "active":
        return OVER
    open_now = tasks.get(about.instance_key, [])
    if about.asks:
        return "" if about.task is None or any(_is_meant(about, each) for each in open_now) else DONE
    then = [each.due_at for each in open_now if (each.key == about.task if about.task else each.created_at <= about.at)]
    limits = [about.due_at] if about.is_of_case else then
    if not limits:
        return DONE
    return LATE if about.kind == DUE_SOON and all(each is not None and each <= now for each in limits) else ""


def _is_meant(about: About, task: Any) -> bool:
    """Whether an open part is of the task that a notice asks about, and still of whoever is away."""
    return task.key == about.task and (not about.away or task.username is None or task.username in about.away)
