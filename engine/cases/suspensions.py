"""A case that is held up [挂起]: who did it, when and why, as everybody is told who comes to move it."""

from __future__ import annotations

from datetime import datetime

from engine import errors
from engine.calendar import clock
from engine.people.organisation import Organisation
from engine.storage.models import ProcessInstance

HELD_UP = "%(who)s suspended this case on %(at)s: %(reason)s"


class Suspended(errors.Conflict):
    """Something that would move a case which is held up."""


def refusal(instance: ProcessInstance, company: Organisation) -> Suspended | None:
    """Why nobody may act on the case now; None when it is not held up."""
    mark = instance.suspended
    if mark is None:
        return None
    at = clock.said(company, datetime.fromisoformat(mark["at"]))
    return Suspended(HELD_UP, at=at, who=company.name_of(mark["by"]), reason=mark["reason"])
