"""How often something was there before: earlier cases of a process by a column of its register, or by their number."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, func, select, type_coerce
from sqlalchemy.orm import Session

from engine import errors, feel
from engine.basics.nearest import nearest
from engine.cases.lines import cells
from engine.definitions import definitions
from engine.storage.models import ProcessInstance

NUMBER = "单号"  # beside the columns of every register: the number of the case itself
NO_PROCESS = "There is no process “%(process)s” whose earlier cases could be counted."
NO_COLUMN = "The register of “%(process)s” has no column “%(name)s”."
NEAR_COLUMN = "The register of “%(process)s” has no column “%(name)s”. Did you mean “%(similar)s”?"


def count(
    session: Session, company_id: str, process_id: str, label: str, value: str, *, since: datetime, but: int | None = None
) -> int:
    """Cases of the process, started since then, whose register says `value` in the column labelled so; none for an empty value.

    Beside the columns there is `NUMBER`, that of the case itself.

    Case `but` is not counted, nor is one that was cancelled: it was entered by mistake. One that the customer withdrew is.
    Raises FeelEvaluationError for a process or a column that there is not.
    """
    asked = _asked(session, company_id, process_id, label)
    if not value:
        return 0
    row = ProcessInstance
    statement = select(func.count()).where(
        row.company_id == company_id,
        row.process_id == process_id,
        row.state != "cancelled",
        row.started_at >= since,
        row.key != (but or 0),
        asked == value,
    )
    return session.execute(statement).scalar_one()


def since(now: datetime, days: int) -> datetime:
    """The moment that lies so many days back."""
    return now - timedelta(days=max(days, 0))


def _asked(session: Session, company_id: str, process_id: str, label: str) -> ColumnElement[str]:
    try:
        columns = definitions.latest(session, company_id, process_id).settings.register
    except errors.NotFound as missing:
        raise feel.FeelEvaluationError(NO_PROCESS, process=process_id) from missing
    found = {each.label: each for each in columns}
    if label == NUMBER and label not in found:
        return type_coerce(ProcessInstance.number, String)
    if label not in found:
        similar = nearest(label, found)
        text = NO_COLUMN if similar is None else NEAR_COLUMN
        raise feel.FeelEvaluationError(text, process=process_id, name=label, similar=similar)
    return cells.cell(found[label])
