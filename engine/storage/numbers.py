"""Numbers of cases and register lines (单号): counted per company, pattern and period, never given out twice."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Insert, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.storage import database, models

DEFAULT_PATTERN = "{date}-{seq:04}"
KEY = ["company_id", "prefix", "period"]
_PART = re.compile(r"\{(date|year|month|seq)(?::0?(\d{1,2}))?\}")
_WIDTH = re.compile(r"\{seq:\d+\}")  # patterns that differ in it alone share a count: from 1000 on they look alike
_DATES = {"date": "%Y%m%d", "year": "%Y", "month": "%Y%m"}


class Counting(Protocol):
    """Whose numbers are counted: a company, as a row or as a snapshot."""

    @property
    def id(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


def is_pattern(pattern: str) -> bool:
    """Whether a pattern has exactly one `{seq}` and no other braces than `{date}`, `{year}`, `{month}`."""
    parts = [match.group(1) for match in _PART.finditer(pattern)]
    return parts.count("seq") == 1 and not set("{}") & set(_PART.sub("", pattern))


def next(session: Session, company: Counting, pattern: str, now: datetime) -> str:
    """The next number of a pattern such as `TS-{date}-{seq:04}`.

    The count begins anew with each period that the pattern shows (day, month, year), in the company's zone.
    The counter's row stays locked until the transaction ends, so a number is used or not, never shared, and what is undone
    leaves no gap. All others who take one by that pattern wait meanwhile: it is taken when the rest is done.
    """
    local, key = _counted(company, pattern, now)
    value = session.execute(_raise_counter(session, *key)).scalar_one()
    return _PART.sub(lambda match: _part(match, local, value), pattern)


def coming(session: Session, company: Counting, pattern: str, now: datetime) -> str:
    """The number that `next` would give; nothing is counted."""
    local, key = _counted(company, pattern, now)
    counter = session.get(models.NumberCounter, key)
    value = counter.value + 1 if counter is not None else 1
    return _PART.sub(lambda match: _part(match, local, value), pattern)


def _counted(company: Counting, pattern: str, now: datetime) -> tuple[datetime, tuple[str, str, str]]:
    """The moment in the company's zone, and the key of the counter of a pattern then."""
    local = now.astimezone(ZoneInfo(company.time_zone))
    period = "".join(local.strftime(_DATES[name]) for name in _names(pattern) if name in _DATES)
    return local, (company.id, _WIDTH.sub("{seq}", pattern), period)


def _names(pattern: str) -> list[str]:
    return [match.group(1) for match in _PART.finditer(pattern)]


def _part(match: re.Match[str], local: datetime, value: int) -> str:
    name, width = match.groups()
    if name == "seq":
        return str(value).zfill(int(width or 1))
    return local.strftime(_DATES[name])


def _raise_counter(session: Session, company_id: str, prefix: str, period: str) -> Insert:
    counter = models.NumberCounter
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    row = insert(counter).values(company_id=company_id, prefix=prefix, period=period, value=1)
    upsert: Insert = row.on_conflict_do_update(
        index_elements=KEY,
        set_={"value": literal_column("number_counter.value") + 1},
    ).returning(counter.value)
    return upsert
