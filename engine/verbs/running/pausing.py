"""What holds a whole tree of cases up, in its rows: timers rest, jobs are not handed out, everybody is told who comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.cases.cases import Instance
from engine.storage.models import Job, Timer

PARKED = datetime(9999, 1, 2, tzinfo=UTC)  # a day after those that failed and wait for a person
HELD = "held"
TIMERS, SIGNALS = "timers", "signals"


def hold_up(session: Session, root: Instance, mark: dict[str, Any]) -> None:
    """Puts the mark on every running case of a locked tree, rests its timers and takes its jobs out of everybody's reach.

    When each timer was due stands in the root's mark. What has failed already keeps waiting for a person.
    """
    tree = _tree(root)
    timers = select(Timer).where(Timer.instance_key.in_(tree), Timer.due_at < PARKED.replace(day=1))
    due = {str(each.key): each.due_at.isoformat() for each in session.execute(timers).scalars()}
    session.flush()
    session.execute(update(Timer).where(Timer.key.in_([int(key) for key in due])).values(due_at=PARKED))
    waiting = (Job.instance_key.in_(tree), Job.state.in_(("open", "leased")))
    session.execute(update(Job).where(*waiting).values(state=HELD, worker=None, lease_until=None))
    running = (Instance.root_key == root.key, Instance.state == "active", Instance.key != root.key)
    session.execute(update(Instance).where(*running).values(suspended=mark))
    root.suspended = {**mark, TIMERS: due}
    session.flush()


def lift(session: Session, root: Instance) -> dict[int, datetime]:
    """Takes the mark off a locked tree: jobs go out again, timers are due when they were. Gives these, by the key of the timer."""
    if root.suspended is None:
        return {}
    due = {int(key): datetime.fromisoformat(at) for key, at in root.suspended[TIMERS].items()}
    tree = _tree(root)
    if due:
        session.execute(update(Timer), [{"key": key, "due_at": at} for key, at in due.items()])
    session.execute(update(Job).where(Job.instance_key.in_(tree), Job.state == HELD).values(state="open"))
    session.execute(update(Instance).where(Instance.root_key == root.key).values(suspended=None))
    root.suspended = None
    session.flush()
    return due


def keep_signal(
    session: Session, instance: Instance, subscription: int, name: str, variables: Mapping[str, Any], mover: str | None
) -> None:
    """Keeps a signal that a locked case which is held up waits for, until it goes on; `mover` is the username behind it."""
    root = session.get_one(Instance, instance.root_key)
    kept = {"subscription": subscription, "name": name, "variables": dict(variables), "mover": mover}
    mark = root.suspended or {}
    root.suspended = {**mark, SIGNALS: [*mark.get(SIGNALS, ()), kept]}
    session.flush()


def _tree(root: Instance) -> Any:
    return select(Instance.key).where(Instance.root_key == root.key, Instance.state == "active")
