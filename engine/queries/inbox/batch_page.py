"""An act on many tasks as its page shows it: how far it is, and what became of each task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.definitions.languages import telling
from engine.execution.assignments import NEVER
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases.where import limits
from engine.storage.models import Batch, ProcessInstance, UserTask, WorkItem
from engine.verbs import batches, rebalancing
from engine.verbs.approvals import voting

RECENT, LOOKED_AT = timedelta(days=14), 20


@dataclass(frozen=True)
class BatchLine:
    """One task of it. `state`: waiting, done, refused; `refusal` is a message with values; from whom it was spread and to whom.

    `due_at` and `warn_at` are those of a task that is open still, `beyond_step` the limit behind one that has none of its own.
    """

    task_key: int
    instance_key: int
    task_name: str
    title: str
    number: str
    state: str
    refusal: errors.Refusal | None
    moved_from: str = ""
    moved_to: str = ""
    is_open: bool = False
    due_at: datetime | None = None
    warn_at: datetime | None = None
    beyond_step: datetime | None = None
    is_held_up: bool = False

    @property
    def is_to_do(self) -> bool:
        """Whether it was done with the task what was to be done with all, and it can be worked on now."""
        return self.state == "done" and self.is_open and not self.is_held_up


@dataclass(frozen=True)
class SpreadAct:
    """One act by which tasks were spread evenly: who, when, how many, why."""

    key: int
    by: str
    at: datetime
    tasks: int
    reason: str
    is_undone: bool


@dataclass(frozen=True)
class BatchPage:
    """`seconds` are left in which it can be undone; `done` and `refused` count.

    Of what was spread evenly `untouched` counts what would still go back.
    """

    key: int
    operation: str
    state: str
    seconds: int
    total: int
    done: int
    refused: int
    lines: list[BatchLine]
    untouched: int = 0

    @property
    def next_task(self) -> int | None:
        """The most urgent of what was claimed and can be done now; None of an act that leaves nothing to do."""
        mine = [each for each in self.lines if each.is_to_do]
        return min(mine, key=_urgency).task_key if mine and self.operation == batches.CLAIM else None

    @property
    def can_be_undone(self) -> bool:
        """Whether nothing of it was sent yet, or nobody has touched some of what was moved."""
        return self.untouched > 0 or (self.state == "waiting" and not self.done and self.refused < self.total)

    @property
    def is_spread(self) -> bool:
        """Whether tasks were spread evenly, which is done at once."""
        return self.operation == rebalancing.REBALANCE


def batch_page(session: Session, by: Actor, key: int, *, now: datetime) -> BatchPage:
    """The page of an act of the person himself, or of tasks that others spread of processes that he manages. Raises NotFound.

    Two statements, three for what was spread evenly, one more of others.
    """
    row = session.get(Batch, key)
    if row is None or not rebalancing.may_follow(session, by, row):
        raise errors.NotFound(rebalancing.NO_ACT)
    task, case = UserTask, ProcessInstance
    statement = (
        select(task.key, task.name, task.instance_key, case.title, case.number, task.definition_key, task.due_at, task.warn_at)
        .add_columns(
            limits.beyond_step(), (task.state == "open").label("is_open"), case.suspended.is_not(None).label("is_held_up")
        )
        .join(case, case.key == task.instance_key)
        .where(task.key.in_(row.task_keys))
    )
    named = {each.key: telling.told(session, each) for each in session.execute(statement)}
    results = {each["task"]: each for each in row.results}
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    lines = [_line(named[each], results.get(each), _moved(row, each, company)) for each in row.task_keys if each in named]
    if row.operation == batches.CLAIM and row.state != batches.WAITING:
        lines.sort(key=_urgency)
    refused = sum(line.state == "refused" for line in lines)
    done = sum(line.state == "done" for line in lines)
    left = max(0, round((row.run_at - now).total_seconds()))
    return BatchPage(row.key, row.operation, row.state, left, len(lines), done, refused, lines, _untouched(session, row))


def _urgency(line: BatchLine) -> tuple[bool, datetime]:
    return not line.is_to_do, line.due_at or line.beyond_step or NEVER


def _untouched(session: Session, row: Batch) -> int:
    """How many of the moved tasks would go back."""
    if row.operation != rebalancing.REBALANCE or row.state == rebalancing.UNDONE:
        return 0
    open_ = select(WorkItem).join(UserTask, UserTask.key == WorkItem.user_task_key).options(undefer(WorkItem.draft))
    items: dict[int, list[WorkItem]] = {}
    for item in session.scalars(open_.where(UserTask.key.in_(row.task_keys), UserTask.state == "open")):
        items.setdefault(item.user_task_key, []).append(item)
    before = row.values["before"]
    return sum(rebalancing.untouched(parts, before[str(key)]) is not None for key, parts in items.items() if str(key) in before)


def spreads(session: Session, by: Actor, *, now: datetime) -> list[SpreadAct]:
    """The acts of the last days by which tasks of processes that the person manages were spread, the newest first."""
    recent = (Batch.company_id == by.company_id, Batch.operation == rebalancing.REBALANCE, Batch.created_at >= now - RECENT)
    rows = session.scalars(select(Batch).where(*recent).order_by(Batch.key.desc()).limit(LOOKED_AT))
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return [_spread(row, company) for row in rows if rebalancing.may_follow(session, by, row)]


def _spread(row: Batch, company: Organisation) -> SpreadAct:
    moved = sum("refused" not in each for each in row.results)
    is_undone = row.state == rebalancing.UNDONE
    return SpreadAct(
        row.key, company.name_of(row.username), row.created_at, moved, str(row.values.get("reason", "")), is_undone
    )


def _moved(row: Batch, task: int, company: Organisation) -> tuple[str, str]:
    """From whom a task was spread, and to whom; "" where it was not."""
    kept = row.values.get("before", {}).get(str(task)) if row.operation == rebalancing.REBALANCE else None
    if kept is None:
        return "", ""
    held = {each["username"] or each["group_name"] for each in kept["items"].values() if each["state"] == voting.OPEN}
    names = sorted(company.named(name) for name in held if name)
    return company.name_of(kept["from"]) if kept["from"] else "、".join(names), company.name_of(kept["to"])


def _line(row: Any, result: dict[str, Any] | None, moved: tuple[str, str]) -> BatchLine:
    state = "waiting" if result is None else "refused" if "refused" in result else "done"
    told = errors.Refusal(result["refused"], fields=None, **result["values"]) if result and state == "refused" else None
    line = BatchLine(row.key, row.instance_key, row.name, row.title, row.number, state, told, *moved)
    if not row.is_open:
        return line
    limit = {"due_at": row.due_at, "warn_at": row.warn_at, "beyond_step": row.beyond_step}
    return replace(line, is_open=True, is_held_up=bool(row.is_held_up), **limit)
