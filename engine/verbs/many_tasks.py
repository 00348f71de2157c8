"""What acts on many tasks share: the order in which they are locked, and a savepoint for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.cases import history
from engine.cases.rights import access
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance, UserTask

SENT_ALREADY = "This has been sent already, for other tasks or with other words."


def ordered(session: Session, wanted: Iterable[int]) -> list[int]:
    """In the order of their trees, as all lock them who lock several: two who choose the same tasks never wait in a circle."""
    task, case = UserTask, ProcessInstance
    statement = select(task.key).join(case, case.key == task.instance_key).where(task.key.in_(list(wanted)))
    return list(session.execute(statement.order_by(case.root_key, task.key)).scalars())


def processes(session: Session, by: Actor, wanted: Iterable[int]) -> set[str]:
    """Of which processes they are. Raises NotFound where the person may not know of one."""
    keys, task = set(wanted), UserTask
    seen = (task.company_id == by.company_id, task.key.in_(keys), access.tasks_seen(session, by))
    rows = session.execute(select(task.key, task.process_id).where(*seen)).all()
    if len(rows) < len(keys):
        raise errors.NotFound(access.NO_TASK)
    return {row.process_id for row in rows}


def attempted(session: Session, key: int, act: Callable[[], Any]) -> dict[str, Any]:
    """What became of one task, as `Batch.results` keeps it; a refusal undoes that alone."""
    noted = history.mark(session)
    try:
        with session.begin_nested():
            act()
    except errors.Refusal as refusal:
        history.forget_after(session, noted)
        session.expire_all()
        worded = {name: str(sayings.read(value, sayings.LANGUAGES[0])) for name, value in refusal.values.items()}
        return {"task": key, "refused": refusal.text, "values": worded}
    return {"task": key}


def require_managed(session: Session, by: Actor, wanted: Iterable[int]) -> None:
    """Raises NotFound where the person may not know of one, Forbidden where he manages the process of one not."""
    if not processes(session, by, wanted) <= set(access.managed(session, by)):
        raise errors.Forbidden("Only those who manage a process hand its tasks to somebody else.")
