"""Date, time, date and time, and both durations (DMN 1.5 clause 10.3.2.3.3 to 10.3.2.3.8).

Python's own types stop at year 9999, know no years-and-months duration and no nanoseconds, so these are ours.
"""

from __future__ import annotations

import datetime as python
import functools
import zoneinfo
from dataclasses import dataclass

from engine.feel.errors import Null

MAX_YEAR = 999_999_999
SECOND = 1_000_000_000  # nanoseconds
DAY = 86_400 * SECOND
_MAX_OFFSET = 18 * 3600


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the proleptic Gregorian calendar; `day_number` counts from 1970-01-01."""

    year: int
    month: int
    day: int

    @property
    def day_number(self) -> int:
        return day_number(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday."""
        return (self.day_number + 3) % 7 + 1

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day. `nanos` since midnight; `offset` in seconds east of UTC, or the id of a `zone`, or neither."""

    nanos: int
    offset: int | None = None
    zone: str | None = None

    @property
    def hour(self) -> int:
        return self.nanos // (3600 * SECOND)

    @property
    def minute(self) -> int:
        return self.nanos // (60 * SECOND) % 60

    @property
    def second(self) -> int:
        return self.nanos // SECOND % 60

    @property
    def is_local(self) -> bool:
        return self.offset is None and self.zone is None

    def __str__(self) -> str:
        fraction = f".{self.nanos % SECOND:09d}".rstrip("0") if self.nanos % SECOND else ""
        return f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}{self._suffix()}"

    def _suffix(self) -> str:
        if self.zone is not None:
            return f"@{self.zone}"
        return "" if self.offset is None else offset_text(self.offset)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date with a time of day, local or in a zone."""

    date: Date
    time: Time

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01T00:00 on this clock."""
        return self.date.day_number * DAY + self.time.nanos

    @property
    def utc_offset(self) -> int | None:
        """Seconds east of UTC at this moment; None when local."""
        if self.time.zone is None:
            return self.time.offset
        return zone_offset(self.time.zone, self.date, self.time)

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01T00:00Z; a local one is taken as it stands."""
        return self.local - (self.utc_offset or 0) * SECOND

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True)
class Months:
    """A years and months duration."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.months < 0 else "") + "P" + (text or "0M")


@dataclass(frozen=True, slots=True)
class Days:
    """A days and time duration, in nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        days, rest = divmod(abs(self.nanos), DAY)
        hours, rest = divmod(rest, 3600 * SECOND)
        minutes, rest = divmod(rest, 60 * SECOND)
        seconds, fraction = divmod(rest, SECOND)
        second_text = f"{seconds}" + (f".{fraction:09d}".rstrip("0") if fraction else "")
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        clock += f"{second_text}S" if seconds or fraction else ""
        text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return ("-" if self.nanos < 0 else "") + "P" + (text or "T0S")


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01, for any year."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def date_of(number: int) -> Date:
    """The date of a day number; raises Null beyond year ±999,999,999."""
    era, of_era = divmod(number + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return date(year_of_era + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1)


def is_leap(year: int) -> bool:
    """Whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Days of a month."""
    return 28 + is_leap(year) if month == 2 else 30 + (month + month // 8) % 2


def date(year: int, month: int, day: int) -> Date:
    """A checked date; raises Null for one that does not exist."""
    if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        raise Null("There is no date %(year)s-%(month)s-%(day)s.", year=year, month=month, day=day)
    return Date(year, month, day)


def moment(local: int, time: Time) -> DateTime:
    """The date and time of a local clock reading in nanoseconds, in the zone or offset of `time`."""
    day, nanos = divmod(local, DAY)
    return DateTime(date_of(day), Time(nanos, time.offset, time.zone))


def offset_text(offset: int) -> str:
    """`Z`, `+08:00`, `-02:45:55`."""
    if not offset:
        return "Z"
    hours, rest = divmod(abs(offset), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")


def checked_offset(seconds: int) -> int:
    """An offset from UTC; raises Null beyond ±18 hours."""
    if abs(seconds) > _MAX_OFFSET:
        raise Null("An offset from UTC is at most 18 hours.")
    return seconds


@functools.lru_cache(maxsize=64)
def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA id; raises Null for one that does not exist."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise Null("There is no time zone “%(name)s”.", name=name) from None


def zone_offset(name: str, date: Date, time: Time) -> int:
    """Seconds east of UTC in a zone at a local date and time."""
    year = min(max(date.year, 1800), 9990)
    day = min(date.day, month_length(year, date.month))
    local = python.datetime(year, date.month, day, time.hour, time.minute, time.second, tzinfo=zone(name))
    offset = local.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def time_offset(value: Time) -> int:
    """Seconds east of UTC; for a zone, whose offset needs a date, that of 1 January 1970; 0 when local."""
    if value.zone is None:
        return value.offset or 0
    return zone_offset(value.zone, Date(1970, 1, 1), value)


def at_instant(instant: int, like: Time) -> DateTime:
    """The moment so many nanoseconds after 1970-01-01T00:00Z, on the clock of the zone or offset of `like`."""
    if like.zone is None:
        return moment(instant + (like.offset or 0) * SECOND, like)
    utc = moment(instant, Time(0, 0))
    year = min(max(utc.date.year, 1800), 9990)
    day, clock = min(utc.date.day, month_length(year, utc.date.month)), utc.time
    known = python.datetime(year, utc.date.month, day, clock.hour, clock.minute, clock.second, tzinfo=python.UTC)
    offset = known.astimezone(zone(like.zone)).utcoffset()
    return moment(instant + (int(offset.total_seconds()) if offset else 0) * SECOND, like)


def add_months(date_: Date, months: int) -> Date:
    """The same day so many months later, or the last day of that month."""
    total = date_.year * 12 + date_.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(date_.day, month_length(year, month + 1)))


def from_python(value: python.date | python.time | python.timedelta) -> Date | Time | DateTime | Days:
    """Python's temporal values as FEEL's."""
    if isinstance(value, python.timedelta):
        return Days((value.days * 86_400 + value.seconds) * SECOND + value.microseconds * 1000)
    if isinstance(value, python.datetime):
        return DateTime(Date(value.year, value.month, value.day), _time(value, value.utcoffset()))
    if isinstance(value, python.time):
        return _time(value, value.utcoffset())
    return Date(value.year, value.month, value.day)


def _time(value: python.datetime | python.time, offset: python.timedelta | None) -> Time:
    nanos = (value.hour * 3600 + value.minute * 60 + value.second) * SECOND + value.microsecond * 1000
    key = getattr(value.tzinfo, "key", None)
    if key is not None and key != "UTC":
        return Time(nanos, None, key)
    return Time(nanos, None if offset is None else int(offset.total_seconds()))


def to_python(value: object) -> object:
    """FEEL's temporal values as Python's; those that Python cannot hold, and all else, stay."""
    try:
        return _to_python(value)
    except (ValueError, OverflowError):
        return value


def _to_python(value: object) -> object:
    if isinstance(value, Date):
        return python.date(value.year, value.month, value.day)
    if isinstance(value, Days):
        return python.timedelta(microseconds=value.nanos // 1000)
    if isinstance(value, Time):
        return python.time(value.hour, value.minute, value.second, value.nanos % SECOND // 1000, _tzinfo(value))
    if isinstance(value, DateTime):
        day = python.date(value.date.year, value.date.month, value.date.day)
        clock = value.time
        time = python.time(clock.hour, clock.minute, clock.second, clock.nanos % SECOND // 1000, _tzinfo(clock))
        return python.datetime.combine(day, time)
    return value


def _tzinfo(time: Time) -> python.tzinfo | None:
    if time.zone is not None:
        return zone(time.zone)
    return None if time.offset is None else python.timezone(python.timedelta(seconds=time.offset))
