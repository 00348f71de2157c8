"""Incidents grouped by cause [异常归类]: what stopped at the same step by the same failure, how often, since when, how many cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from engine.cases import incident_rows
from engine.cases.rights import access
from engine.people.actors import Actor
from engine.queries.status import incident_list
from engine.storage.models import Incident, ProcessInstance

COMPARED = 50  # incidents of a group, the latest
MOST = 200  # groups on the page; there are as many as there are ways to fail


@dataclass(frozen=True)
class IncidentCause:
    """What incidents have in common; `newest` is the last of them, in whose words they are told, with `incident_rows.DIFFERS` for
    what is not the same in all.

    `may_operate`: whether the person may act on the cases that it stopped; `may_settle`, `may_retry` on what is of no case.
    """

    cause: str
    count: int
    cases: int
    first: datetime
    last: datetime
    process_id: str
    newest: incident_list.IncidentLine
    may_operate: bool
    may_settle: bool = False
    may_retry: bool = False

    @property
    def differs(self) -> bool:
        """Whether its incidents say different things."""
        return any(incident_rows.DIFFERS in str(each) for each in self.newest.values.values())


def causes(session: Session, by: Actor, *, process: str = "", cause: str = "", now: datetime) -> list[IncidentCause]:
    """The causes of all open incidents that the person sees, or this one, the commonest first; five statements."""
    row, case = Incident, ProcessInstance
    statement = (
        select(
            row.cause,
            func.count().label("count"),
            func.count(row.instance_key.distinct()).label("cases"),
            func.min(row.created_at).label("first"),
            func.max(row.created_at).label("last"),
            func.max(row.key).label("newest"),
        )
        .outerjoin(case, case.key == row.instance_key)
        .where(incident_list.within(session, by), row.state == "open")
        .group_by(row.cause)
        .order_by(func.count().desc(), func.max(row.key).desc())
        .limit(MOST)
    )
    if process == "-":
        statement = statement.where(row.instance_key.is_(None))
    elif process:
        statement = statement.where(case.process_id == process)
    if cause:
        statement = statement.where(row.cause == cause)
    groups = session.execute(statement).all()
    lines = _newest(session, by, [each.newest for each in groups], now)
    several = _values(session, by, [each.cause for each in groups if int(each._mapping["count"]) > 1])
    managed = None if by.operates else set(access.managed(session, by))
    return [_cause(each, *_told(lines[each.newest], several.get(each.cause, [])), managed, by) for each in groups]


def _values(session: Session, by: Actor, causes: list[str]) -> dict[str, list[Mapping[str, Any]]]:
    """What the latest incidents of each cause say, to tell what they have in common; one statement."""
    row, case = Incident, ProcessInstance
    number = func.row_number().over(partition_by=row.cause, order_by=row.key.desc()).label("number")
    seen = (incident_list.within(session, by), row.state == "open", row.cause.in_(causes))
    inner = select(row.key, number).outerjoin(case, case.key == row.instance_key).where(*seen).subquery()
    latest = select(row.cause, row.values).join(inner, inner.c.key == row.key).where(inner.c.number <= COMPARED)
    values_by_cause: dict[str, list[Mapping[str, Any]]] = {}
    for cause, values in session.execute(latest) if causes else ():
        values_by_cause.setdefault(cause, []).append(values or {})
    return values_by_cause


def _told(
    newest: tuple[incident_list.IncidentLine, str], values: list[Mapping[str, Any]]
) -> tuple[incident_list.IncidentLine, str]:
    """The newest incident in words that are true of all."""
    line, process_id = newest
    return (replace(line, values=incident_rows.common(line.values, values)) if values else line), process_id


def _newest(
    session: Session, by: Actor, keys: list[int], now: datetime
) -> Mapping[int, tuple[incident_list.IncidentLine, str]]:
    row, case = Incident, ProcessInstance
    statement = select(row, case).outerjoin(case, case.key == row.instance_key).options(undefer(case.tokens))
    rows = session.execute(statement.where(row.key.in_(keys))).all()
    lines = incident_list.lines(session, by, rows, now=now)
    return {line.key: (line, of.process_id if of else "") for line, (_row, of) in zip(lines, rows, strict=True)}


def _cause(
    group: Any, newest: incident_list.IncidentLine, process_id: str, managed: set[str] | None, by: Actor
) -> IncidentCause:
    has_case = newest.case_key is not None
    return IncidentCause(
        group.cause,
        group.count,
        group.cases,
        group.first,
        group.last,
        process_id,
        newest,
        may_operate=has_case and (managed is None or process_id in managed),
        may_settle=not has_case and by.operates,
        may_retry=not has_case and by.operates and newest.may_try and newest.kind not in incident_list.OWN_WAYS,
    )
