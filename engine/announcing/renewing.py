"""What waits to leave follows what its readers and their company chose since: earlier, later, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.announcing import making, settings, timing
from engine.announcing.channels import HOOK
from engine.announcing.kinds import KINDS
from engine.announcing.timing import ReachChoice
from engine.calendar.working import Calendar
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.storage.models import NoticeChannel, Outgoing


def of_person(session: Session, company: Organisation, username: str, *, now: datetime) -> None:
    """His notices that wait for a later moment, by what he chooses now."""
    _renew(session, company, list(_waiting(session, company, now, username)), now)


def of_company(session: Session, company_id: str, *, now: datetime) -> None:
    """All notices of a company that wait for a later moment, by its rules of now."""
    company = organisation.current(session, company_id)
    _renew(session, company, list(_waiting(session, company, now)), now)


def _waiting(session: Session, company: Organisation, now: datetime, username: str | None = None) -> Iterator[Outgoing]:
    """Those of kinds that one may choose of, which nobody sends at this moment, through channels that heed hours."""
    row, channel = Outgoing, NoticeChannel
    mine = (
        row.company_id == company.id,
        row.state == "waiting",
        row.due_at > now,
        row.leased_until.is_(None),
        row.kind.in_(KINDS),
    )
    whose = () if username is None else (row.username == username,)
    statement = select(row).join(channel, channel.key == row.channel_key).where(*mine, *whose, channel.kind != HOOK)
    yield from session.execute(statement.order_by(row.key).with_for_update(of=row)).scalars()


def _renew(session: Session, company: Organisation, rows: list[Outgoing], now: datetime) -> None:
    own = settings.read(company.settings)
    chosen = making.choices(session, company.id, {each.username for each in rows})
    named = {company.calendar_of(each.username) for each in rows}
    calendars = {name: Calendar.of(session, company, name) for name in named}
    for each in rows:
        due = timing.due_at(
            own, chosen.get(each.username, ReachChoice()), each.kind, calendars[company.calendar_of(each.username)], now
        )
        if due is None:
            each.state, each.over_at = "dropped", now
        else:
            each.due_at = due
    session.flush()
