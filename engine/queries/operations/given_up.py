"""Jobs that were given up [死信]: no try is left, and nobody does them until somebody takes them up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.cases import failures
from engine.cases.rights import access
from engine.definitions import definitions
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import instance_page
from engine.storage.models import Incident, Job, ProcessInstance
from engine.verbs.operating import bulk


@dataclass(frozen=True)
class GivenUp:
    """A job without tries left. `step` and `process` are names, "" for work of our own, whose kind is `type`.

    `incident` is its open incident, by which it is tried again; None where that is settled. Personal data of the case in
    `error` are masked.
    """

    key: int
    type: str
    process: str
    step: str
    case_key: int | None
    number: str
    error: errors.Refusal | None
    attempts: int
    since: datetime
    incident: int | None


def given_up(session: Session, by: Actor, wanted: paging.WantedPage, *, now: datetime) -> paging.Page[GivenUp]:
    """One page of them, newest first: those of cases that the person operates on; operators and auditors see all.

    Raises NotFound for who operates on nothing.
    """
    if not (by.is_auditor or bulk.may_order(session, by)):
        raise errors.NotFound(bulk.NO_PAGE)
    row, case = Job, ProcessInstance
    stopped = and_(Incident.job_key == row.key, Incident.state == "open")
    statement = (
        select(row, case, Incident.key)
        .outerjoin(case, case.key == row.instance_key)
        .outerjoin(Incident, stopped)
        .options(undefer(case.tokens))
        .where(row.company_id == by.company_id, row.state == "failed", _seen(session, by))
    )
    rows = session.execute(paging.newest_first(statement, row.key, wanted)).all()
    lines = [_line(session, by, job, instance, incident, now) for job, instance, incident in rows]
    return paging.page(lines, wanted, lambda line: (line.key,))


def _seen(session: Session, by: Actor) -> ColumnElement[bool]:
    seen = access.cases_seen(session, by)
    if by.operates or by.is_auditor:
        return or_(Job.instance_key.is_(None), seen)
    return and_(seen, ProcessInstance.process_id.in_(access.managed(session, by)))


def _line(
    session: Session, by: Actor, job: Job, instance: ProcessInstance | None, incident: int | None, now: datetime
) -> GivenUp:
    if instance is None:
        return GivenUp(job.key, job.type, "", "", None, "", failures.read(job.error), job.attempts, job.run_at, incident)
    definition = definitions.by_key(session, instance.definition_key)
    element = definition.program.elements.get(job.element_id or "")
    step = (element.name or element.id) if element else ""
    error = failures.read(job.error)
    told = error and failures.masked(error, instance_page.redaction(session, by, instance, definition, now=now))
    title = definition.title
    return GivenUp(job.key, job.type, title, step, instance.key, instance.number, told, job.attempts, job.run_at, incident)
