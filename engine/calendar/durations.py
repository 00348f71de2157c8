"""Durations of deadlines and timers: working days and hours, calendar days, ISO 8601; taken once or many times."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.calendar.working import Calendar

_WORKING = re.compile(r"(-?\d{1,6}(?:\.\d{1,4})?)(wd|wh)", re.ASCII)
_PLAIN = re.compile(r"(-?\d{1,6}(?:\.\d{1,4})?)\s?(min|m|h|d|w)", re.ASCII)
_ISO = re.compile(
    r"(-)?P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_SECONDS = {"min": 60, "m": 60, "h": 3600}
_DAYS = {"d": 1, "w": 7}
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Duration:
    """An amount of time: `working` days or hours where `unit` is "wd" or "wh", else months, days and seconds."""

    months: int = 0
    days: Decimal = _ZERO
    seconds: Decimal = _ZERO
    working: Decimal = _ZERO
    unit: str = ""

    def times(self, count: int) -> Duration:
        """The duration taken so often."""
        return Duration(self.months * count, self.days * count, self.seconds * count, self.working * count, self.unit)

    def after(self, start: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime:
        """The moment so long after `start`, in UTC.

        Months and days go by the clock on the wall of `zone`, hours and less by the time that passes. Raises Invalid,
        OverflowError or ValueError where no calendar reaches.
        """
        if self.unit:
            return calendar.add(f"{self.working:f}{self.unit}", start)
        moved = _add_months(start.astimezone(zone), self.months) + timedelta(days=float(self.days))
        return moved.astimezone(UTC) + timedelta(seconds=float(self.seconds))

    @property
    def advances(self) -> bool:
        """Whether taken again and again it goes on, by a second or more: nothing looks at timers more often."""
        hours = self.working * (24 if self.unit == "wd" else 1)
        is_backwards = self.months < 0 or self.days < 0 or self.seconds < 0 or self.working < 0
        return not is_backwards and (self.months + self.days) * 86400 + self.seconds + hours * 3600 >= 1


def parse(text: str) -> Duration | None:
    """The duration that a text names ("5wd", "4wh", "2d", "PT30M", "-1wd"); None for another text."""
    if working := _WORKING.fullmatch(text):
        return Duration(working=Decimal(working[1]), unit=working[2])
    if plain := _PLAIN.fullmatch(text):
        number, unit = Decimal(plain[1]), plain[2]
        return Duration(days=number * _DAYS.get(unit, 0), seconds=number * _SECONDS.get(unit, 0))
    iso = _ISO.fullmatch(text)
    return _of_iso(iso) if iso and text[-1] not in "PT" else None


def _of_iso(iso: re.Match[str]) -> Duration:
    sign = -1 if iso[1] else 1
    years, months, weeks, days = (int(iso[place] or 0) * sign for place in (2, 3, 4, 5))
    hours, minutes, seconds = (Decimal(iso[place] or 0) * sign for place in (6, 7, 8))
    return Duration(years * 12 + months, Decimal(weeks * 7 + days), hours * 3600 + minutes * 60 + seconds)


def _add_months(start: datetime, months: int) -> datetime:
    if not months:
        return start
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))
