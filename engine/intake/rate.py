"""How often one address may knock at the public pages: counted in the database, so that all servers count together."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors
from engine.storage import database, keys
from engine.storage.models import RateCount

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """At most `count` of `what` from one address within a window of time."""

    what: str
    count: int
    window: timedelta


FILING = Limit("filing", 10, timedelta(minutes=10))
FOLLOWING = Limit("following", 10, timedelta(minutes=15))
ANSWERING = Limit("answering", 30, timedelta(minutes=10))
DRAWING = Limit("drawing", 400, timedelta(minutes=10))
SIGNING_IN = Limit("signing in", 600, timedelta(minutes=10))  # each asks the provider; a whole office comes from one address


def take(session: Session, company_id: str, limit: Limit, address: str, *, now: datetime) -> bool:
    """Counts one more and says whether it is still allowed.

    Commit it before refusing, or the count is undone with the refusal.
    """
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    values = {
        "key": keys.new(),
        "company_id": company_id,
        "what": limit.what,
        "address": network(address),
        "window_start": _window(now, limit.window),
        "count": 1,
    }
    unique = ["company_id", "what", "address", "window_start"]
    counted = (
        insert(RateCount)
        .values(**values)
        .on_conflict_do_update(index_elements=unique, set_={"count": RateCount.count + 1})
        .returning(RateCount.count)
    )
    return int(session.execute(counted).scalar_one()) <= limit.count


def is_used_up(session: Session, company_id: str, limit: Limit, address: str, *, now: datetime) -> bool:
    """Whether one more would be too many; counts nothing."""
    row = RateCount
    mine = (row.company_id == company_id, row.what == limit.what, row.address == network(address))
    counted = session.execute(select(row.count).where(*mine, row.window_start == _window(now, limit.window))).scalar()
    return (counted or 0) >= limit.count


def refusal(limit: Limit) -> errors.TooMany:
    """What somebody is told who asked too often."""
    return errors.TooMany(
        "That was very often within a short time. Please try again in %(minutes)s minutes.",
        minutes=int(limit.window.total_seconds() // 60),
    )


def forget(session: Session, *, now: datetime) -> None:
    """Removes counts of windows that are over."""
    session.execute(delete(RateCount).where(RateCount.window_start < now - KEPT))


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one household has of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else parsed)


def _window(now: datetime, window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
