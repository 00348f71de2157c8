"""The point of no return: a step that cannot be taken back binds its whole tree of cases, which can then only be finished."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.calendar import clock
from engine.people.organisation import Organisation
from engine.storage import models

PAST = "This case cannot be taken back any more: “%(step)s” was done on %(at)s by %(who)s. It can only be finished."
PAST_BY_ITSELF = "This case cannot be taken back any more: “%(step)s” was done on %(at)s. It can only be finished."


class Past(errors.Conflict):
    """Something that would take back a case past its point of no return."""


def bind(
    session: Session, instance: models.ProcessInstance, element: runtime.Element, *, actor: str | None, now: datetime
) -> None:
    """Binds the tree of a locked case to the step `element`, which `actor` (None: the engine) has just done.

    Every row of the tree carries the mark, so that whoever has locked one of them knows it without asking further;
    the first such step is the one that is told.
    """
    if instance.irreversible is not None:
        return
    mark = {"element": element.id, "step": element.name or element.id, "at": now.astimezone(UTC).isoformat(), "by": actor}
    row = models.ProcessInstance
    session.flush()
    session.execute(update(row).where(row.root_key == instance.root_key).values(irreversible=mark))


def refusal(instance: models.ProcessInstance, company: Organisation) -> Past | None:
    """Why the case cannot be taken back: which step, when, who; None before the point of no return."""
    mark: dict[str, Any] | None = instance.irreversible
    if mark is None:
        return None
    at = clock.said(company, datetime.fromisoformat(mark["at"]))
    if mark["by"] is None:
        return Past(PAST_BY_ITSELF, step=mark["step"], at=at)
    return Past(PAST, step=mark["step"], at=at, who=company.name_of(mark["by"]))
