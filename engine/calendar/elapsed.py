"""Working time between many pairs of moments: each day is counted once, however many pairs it lies between."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from engine.calendar.working import Calendar, seconds_of


class Elapsed:
    """The working time of a calendar as one rising sum, kept by day from the first day that was asked for."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._hours = [(float(seconds_of(opens)), float(seconds_of(closes, is_end=True))) for opens, closes in calendar.hours]
        self.day_seconds = sum(closes - opens for opens, closes in self._hours)
        self._known: dict[date, bool] = {}
        self._sums: dict[tuple[date, date], float] = {}

    def between(self, start: datetime, end: datetime) -> float:
        """Seconds of working time from one moment to another; 0 when `end` is not the later one."""
        if end <= start:
            return 0.0
        zone = self.calendar.zone
        first, last = start.astimezone(zone), end.astimezone(zone)
        if first.date() == last.date():
            return self._until(last) - self._until(first)
        whole = self._days(first.date() + timedelta(days=1), last.date()) * self.day_seconds
        today = self.day_seconds if self._works(first.date()) else 0.0
        return today - self._until(first) + whole + self._until(last)

    def _until(self, local: datetime) -> float:
        """Seconds of working time on that day up to that time of it."""
        if not self._works(local.date()):
            return 0.0
        at, passed = _of_day(local), 0.0
        for opens, closes in self._hours:
            if at > opens:
                passed += min(at, closes) - opens
        return passed

    def _days(self, first: date, until: date) -> float:
        """How many working days there are from `first` to before `until`."""
        key = (first, until)
        if key not in self._sums:
            days = (first + timedelta(days=n) for n in range((until - first).days))
            self._sums[key] = sum(1 for day in days if self._works(day))
        return self._sums[key]

    def _works(self, day: date) -> bool:
        if day not in self._known:
            self._known[day] = self.calendar.is_working_day(day)
        return self._known[day]


def _of_day(at: datetime) -> float:
    return at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
