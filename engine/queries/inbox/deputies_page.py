"""Deputies as their pages show them: one's own, those one stands in for, and all of the company for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import Deputy

MOST = 200
COMING, RUNNING, OVER = "coming", "running", "over"


@dataclass(frozen=True)
class Arrangement:
    """Who stands in for whom, people and processes by name. `state`: coming, running, over; `ended_by` took it back."""

    key: int
    principal: str
    deputy: str
    begins_at: datetime
    ends_at: datetime
    processes: list[str]
    covers_existing: bool
    reason: str
    state: str
    ended_by: str
    ended_at: datetime | None
    may_end: bool


@dataclass(frozen=True)
class DeputiesPage:
    """`mine` are those of the person, `for_others` those whose deputy he is, `all` the company's others for administrators."""

    mine: list[Arrangement]
    for_others: list[Arrangement]
    all: list[Arrangement]
    processes: list[tuple[str, str]]


def deputies_page(session: Session, by: Actor, *, now: datetime) -> DeputiesPage:
    """What a person sees of deputies; an administrator sees all. One statement beside the processes."""
    row = Deputy
    statement = select(row).where(row.company_id == by.company_id)
    if not by.is_administrator:
        statement = statement.where((row.principal == by.username) | (row.deputy == by.username))
    rows = list(session.execute(statement.order_by(row.ends_at.desc(), row.key.desc()).limit(MOST)).scalars())
    titles = {each.process_id: each.title for each in definitions.all_latest(session, by.company_id)}
    company = organisation.at_version(session, by.company_id, by.organisation_version)

    def shown(each: Deputy) -> Arrangement:
        may_end = by.is_administrator or each.principal == by.username
        return _arrangement(each, company, titles, may_end, now)

    return DeputiesPage(
        [shown(each) for each in rows if each.principal == by.username],
        [shown(each) for each in rows if each.deputy == by.username],
        [shown(each) for each in rows if by.username not in (each.principal, each.deputy)],
        sorted(titles.items(), key=lambda pair: pair[1]),
    )


def _arrangement(
    row: Deputy, company: organisation.Organisation, titles: dict[str, str], may_end: bool, now: datetime
) -> Arrangement:
    state = OVER if row.ended_at is not None or row.ends_at <= now else COMING if row.begins_at > now else RUNNING
    return Arrangement(
        row.key,
        company.name_of(row.principal),
        company.name_of(row.deputy),
        row.begins_at,
        row.ends_at,
        [titles.get(each, each) for each in row.processes or ()],
        row.covers_existing,
        row.reason,
        state,
        company.name_of(row.ended_by),
        row.ended_at,
        may_end and state != OVER,
    )
