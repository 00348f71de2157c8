"""How long cases usually take from a step to their end, from those of the same process that are through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.queries.cases.where.places import CurrentPlace
from engine.storage.models import ProcessInstance, UserTask

READ = 200  # of the latest cases that went through the step
FEWEST = 5  # from fewer nothing can be said, and one could be recognised


@dataclass(frozen=True)
class Left:
    """In calendar time from now: half of the cases took no longer than `half`, nine of ten no longer than `most`; `is_long` already."""

    half: timedelta
    most: timedelta
    is_long: bool


def left(session: Session, instance: ProcessInstance, place: CurrentPlace, *, now: datetime) -> Left | None:
    """What usually is left of a case that stands at a step; None where too few went before. One statement."""
    task, case = UserTask, ProcessInstance
    came = select(task.created_at, case.ended_at).join(case, case.key == task.instance_key)
    mine = (task.company_id == instance.company_id, task.element_id == place.element_id, task.state == "completed")
    through = (task.process_id == instance.process_id, case.state == "completed", case.ended_at.is_not(None))
    rows = session.execute(came.where(*mine, *through).order_by(task.key.desc()).limit(READ)).all()
    if len(rows) < FEWEST:
        return None
    spans = [(row.ended_at - row.created_at).total_seconds() for row in rows]
    tenths = quantiles(spans, n=10, method="inclusive")
    gone = (now - place.since).total_seconds()
    half, most = (timedelta(seconds=max(0.0, seconds - gone)) for seconds in (tenths[4], tenths[8]))
    return Left(half, most, gone > tenths[8])
