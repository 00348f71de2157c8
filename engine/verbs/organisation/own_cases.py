"""Tasks of cases that are about whoever changes the organisation: he says of none who takes it over (回避)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import errors
from engine.cases.cases import Surroundings
from engine.cases.rights import recusal
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance
from engine.verbs.organisation.changing import OrganisationChange

if TYPE_CHECKING:
    from engine.verbs.organisation.leaving import OpenTask

BACK = "*"  # in place of a person: back to those from whom the task was claimed
NOT_BY_YOU = "“%(task)s” (%(number)s) is about you: it goes back to its group, or another administrator says who takes it over."


def about(session: Session, by: Actor, tasks: Iterable[OpenTask], maker: str, *, now: datetime) -> frozenset[int]:
    """The keys of those tasks whose cases are about the `maker` of the change, by username."""
    around = Surroundings(session, by, now)
    cases = ((task.key, session.get_one(ProcessInstance, task.instance_key)) for task in tasks)
    return frozenset(key for key, case in cases if recusal.keeps(around, case, maker, of_steps=False))


def faults(change: OrganisationChange, tasks: Iterable[OpenTask], named: Mapping[int, str]) -> dict[str, list[errors.Refusal]]:
    """Refuses, by field, what an administrator says of tasks that are about himself, or that stay with nobody.

    To who only administers the organisation nothing is said of them: he is not to know of these cases. They go back to
    their groups, or wait for the administrators.
    """
    wrong = (task for task in tasks if change.oneself is None and not (named.get(task.key, "") in ("", BACK) and task.way_back))
    return {f"task-{task.key}": [errors.Refusal(NOT_BY_YOU, task=task.name, number=task.number)] for task in wrong}
