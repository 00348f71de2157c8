"""Machine accounts of the company, for whoever looks after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.people.actors import Actor
from engine.people.machines import scopes, tokens
from engine.queries.organisation import reading
from engine.storage.models import MachineAccount

ACTIVE, OVER, REVOKED = "active", "over", "revoked"


@dataclass(frozen=True)
class MachineLine:
    """An account; `processes` are titles, None for all; `last_day` is the last on which it may be used.

    `lost` are scopes that who answers for it may no longer give, so that they open nothing; `is_mine`: the reader answers.
    """

    key: int
    name: str
    scopes: list[str]
    processes: list[str] | None
    made_by: str
    made_at: datetime
    last_day: date
    last_used_on: date | None
    state: str
    ended_by: str = ""
    lost: frozenset[str] = frozenset()
    is_mine: bool = False

    @property
    def is_about_processes(self) -> bool:
        """Whether any of its scopes is about processes."""
        return any(scopes.SCOPES[each].of_processes for each in self.scopes)


@dataclass(frozen=True)
class MachinePage:
    """The accounts, those in use first, and the processes (id, title) for which one can be made."""

    lines: list[MachineLine]
    processes: list[tuple[str, str]]


def answered_for(session: Session, company_id: str, username: str) -> list[str]:
    """The names of accounts that somebody answers for, and that stop with him."""
    row = MachineAccount
    mine = (row.company_id == company_id, row.made_by == username, row.revoked_at.is_(None))
    return list(session.execute(select(row.name).where(*mine).order_by(row.key)).scalars())


def machine_page(session: Session, by: Actor, *, now: datetime) -> MachinePage:
    """All accounts and what new ones can be given. Raises Forbidden."""
    company = reading.company(session, by)
    known = {each.process_id: each.title for each in definitions.all_latest(session, by.company_id)}
    mine = select(MachineAccount).where(MachineAccount.company_id == by.company_id).order_by(MachineAccount.key.desc())
    rows = session.execute(mine).scalars().all()
    givers = tokens.givers(session, by.company_id, (row.made_by for row in rows))
    lines = [
        MachineLine(
            row.key,
            row.name,
            [each for each in scopes.SCOPES if each in row.scopes],
            None if row.processes is None else [known.get(each, each) for each in row.processes],
            company.name_of(row.made_by),
            row.made_at,
            (row.expires_at.astimezone(ZoneInfo(company.time_zone)) - timedelta(seconds=1)).date(),
            row.last_used_on,
            REVOKED if row.revoked_at else OVER if row.expires_at <= now else ACTIVE,
            company.name_of(row.revoked_by),
            tokens.lost(givers.get(row.made_by), row.scopes, row.processes),
            row.made_by == by.username,
        )
        for row in rows
    ]
    order = (ACTIVE, OVER, REVOKED)
    offered = sorted(known.items(), key=lambda each: each[1])
    if not by.is_administrator:
        offered = [each for each in offered if by.owns(each[0])]
    return MachinePage(sorted(lines, key=lambda line: order.index(line.state)), offered)
