"""Periods for which things are kept, counted in the calendar's years, months and days: 10y, 18m, 400d."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import datetime, timedelta

_PERIOD = re.compile(r"([1-9]\d{0,4})([ymd])", re.ASCII)
_LEAST, _MOST = 30, 100 * 366  # days
_DAYS = {"y": 366, "m": 31, "d": 1}


def is_sensible(text: str) -> bool:
    """Whether a text is a period, of 30 days to 100 years."""
    written = _PERIOD.fullmatch(text)
    return written is not None and _LEAST <= int(written[1]) * _DAYS[written[2]] <= _MOST


def ago(text: str, now: datetime) -> datetime:
    """The moment a period before `now`; a day that its month lacks is the month's last. Raises ValueError for no period."""
    written = _PERIOD.fullmatch(text)
    if written is None:
        raise ValueError(f"{text!r} is no period")
    count, unit = int(written[1]), written[2]
    return now - timedelta(days=count) if unit == "d" else _months_ago(count * (12 if unit == "y" else 1), now)


def _months_ago(months: int, now: datetime) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
