"""Writing deadlines that moved: rows, inbox order, reminders and history, in batches, each tree locked first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from engine.cases import history
from engine.deadlines.rescheduling import Deadline, DeadlineChange
from engine.execution import assignments
from engine.storage import jobs
from engine.storage.models import Job, ProcessInstance, Timer, UserTask, WorkItem

BATCH = 200
KIND = "rescheduled"
NAMES = {UserTask: "user_task", ProcessInstance: "case", Timer: "timer"}
REMINDERS = {  # job types for warning and expiry, and what their payload calls the row
    UserTask: (assignments.WARN, assignments.OVERDUE, "user_task_key"),
    ProcessInstance: (assignments.CASE_WARN, assignments.CASE_OVERDUE, "instance_key"),
}
WAITING = ("open", "leased", "failed")


@dataclass(frozen=True)
class Why:
    """What the events of moved deadlines tell: `because` of calendar, pause or extension; `by` (a username) and his `reason`."""

    because: str
    by: str | None = None
    reason: str = ""


CALENDAR, PAUSE = Why("calendar"), Why("pause")


def write(
    session: Session, company_id: str, changes: Sequence[DeadlineChange], *, now: datetime, because: Why = CALENDAR
) -> int:
    """Moves what is still open; gives how many rows moved. Each is a history event with before and after."""
    if not changes:
        return 0
    reminders = _Reminders(session, company_id, now)
    ordered = sorted(changes, key=lambda each: (each.root_key, each.instance_key))
    batches = (ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH))
    return sum(_write(session, batch, reminders, now, because) for batch in batches)


def _write(session: Session, batch: Sequence[DeadlineChange], reminders: _Reminders, now: datetime, because: Why) -> int:
    instances = _locked(session, batch)
    open_rows = _open(session, batch)
    mine = [each for each in batch if each.instance_key in instances and (each.model, each.key) in open_rows]
    for each in mine:
        _note(session, instances[each.instance_key], each, now, because)
        if each.model is ProcessInstance:
            instances[each.key].due_at, instances[each.key].warn_at = each.after.due_at, each.after.warn_at
    session.flush()
    history.flush(session)
    for model, values in ((UserTask, ("due_at", "warn_at")), (Timer, ("due_at",))):
        _update(session, model, "key", values, [each for each in mine if each.model is model])
    _update(session, WorkItem, "user_task_key", ("sort_due", "warn_at"), [each for each in mine if each.model is UserTask])
    reminders.move([each for each in mine if each.model in REMINDERS])
    return len(mine)


def _locked(session: Session, batch: Sequence[DeadlineChange]) -> dict[int, ProcessInstance]:
    """The running cases of the batch; locked in the order of keys, roots before those they called."""
    wanted = {each.root_key for each in batch} | {each.instance_key for each in batch}
    row = ProcessInstance
    locking = (
        select(row).where(row.key.in_(wanted)).order_by(row.key).with_for_update().execution_options(populate_existing=True)
    )
    return {each.key: each for each in session.execute(locking).scalars() if each.state == "active"}


def _open(session: Session, batch: Sequence[DeadlineChange]) -> set[tuple[Any, int]]:
    """The rows that are still there to be moved, now that nobody else can end them."""
    wanted = {model: [each.key for each in batch if each.model is model] for model in NAMES}
    tasks = select(UserTask.key).where(UserTask.key.in_(wanted[UserTask]), UserTask.state == "open")
    timers = select(Timer.key).where(Timer.key.in_(wanted[Timer]))
    rows: set[tuple[Any, int]] = {(ProcessInstance, key) for key in wanted[ProcessInstance]}
    rows |= {(UserTask, key) for key in session.execute(tasks).scalars()}
    return rows | {(Timer, key) for key in session.execute(timers).scalars()}


def _note(session: Session, instance: ProcessInstance, change: DeadlineChange, now: datetime, because: Why) -> None:
    data = {
        "what": NAMES[change.model],
        "key": change.key,
        "because": because.because,
        "before": _texts(change.before),
        "after": _texts(change.after),
    }
    if because.reason:
        data["reason"] = because.reason
    named = {"element_id": change.element_id, "element_name": change.name, "actor": because.by}
    history.append(session, instance, KIND, at=now, data=data, **named)


def _texts(deadline: Deadline) -> dict[str, str]:
    return {name: at.isoformat() for name, at in vars(deadline).items() if at is not None}


def _update(session: Session, model: Any, by: str, columns: Sequence[str], moved: Sequence[DeadlineChange]) -> None:
    """One statement for all rows, executed per row; past the ORM, which would load them."""
    if not moved:
        return
    table = model.__table__
    changing = (
        update(table).where(table.c[by] == bindparam("row_key")).values({name: bindparam(f"new_{name}") for name in columns})
    )
    rows = [{"row_key": each.key} | {f"new_{name}": _column(each.after, name) for name in columns} for each in moved]
    session.connection().execute(changing, rows)


def _column(deadline: Deadline, name: str) -> datetime | None:
    return deadline.due_at if name == "sort_due" else getattr(deadline, name)


class _Reminders:
    """The background work at warnings and due times of one company; its rows name what they are for in their payload."""

    def __init__(self, session: Session, company_id: str, now: datetime) -> None:
        self.session, self.company_id, self.now = session, company_id, now
        kinds = [kind for *both, _name in REMINDERS.values() for kind in both]
        rows = session.execute(
            select(Job.key, Job.type, Job.payload).where(
                Job.company_id == company_id, Job.type.in_(kinds), Job.state.in_(WAITING)
            )
        )
        self.waiting = {(row.type, next(iter(row.payload.values()))): row.key for row in rows}

    def move(self, moved: Sequence[DeadlineChange]) -> None:
        """Moves what waits; what was done already is told again only if it lies ahead once more."""
        wanted = list(itertools.chain.from_iterable(map(_moments, moved)))
        shifted = [
            {"row_key": self.waiting[kind, key], "new_run_at": at}
            for kind, _name, key, at in wanted
            if (kind, key) in self.waiting
        ]
        table: Any = Job.__table__
        if shifted:
            still = (table.c.key == bindparam("row_key"), table.c.state == "open")
            self.session.connection().execute(update(table).where(*still).values(run_at=bindparam("new_run_at")), shifted)
        new = [
            jobs.row(self.company_id, kind, {name: key}, run_at=at, now=self.now)
            for kind, name, key, at in wanted
            if (kind, key) not in self.waiting and at > self.now
        ]
        if new:
            self.session.connection().execute(insert(table), new)


def _moments(change: DeadlineChange) -> Iterator[tuple[str, str, int, datetime]]:
    warning, expiry, name = REMINDERS[change.model]
    for kind, before, after in (
        (warning, change.before.warn_at, change.after.warn_at),
        (expiry, change.before.due_at, change.after.due_at),
    ):
        if after is not None and after != before:
            yield kind, name, change.key, after
