"""When a notice leaves: at once outside the hours of quiet, or with the next daily letter on a working day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from engine.announcing import kinds
from engine.announcing.settings import NoticeSettings
from engine.calendar.working import Calendar


@dataclass(frozen=True)
class ReachChoice:
    """What a person chose: how each kind reaches him, and his hours of quiet, local times that may pass midnight."""

    how: Mapping[str, str] = field(default_factory=dict)
    quiet_from: time | None = None
    quiet_until: time | None = None


def how(settings: NoticeSettings, choice: ReachChoice, kind: str) -> str:
    """How a kind reaches the person: as he chose, but nobody switches off what the company has made obligatory."""
    company = settings.how[kind]
    chosen = choice.how.get(kind, company)
    if chosen != kinds.NEVER or kind not in settings.obligatory:
        return chosen
    return company if company != kinds.NEVER else kinds.AT_ONCE


def due_at(settings: NoticeSettings, choice: ReachChoice, kind: str, calendar: Calendar, now: datetime) -> datetime | None:
    """When a notice of that kind leaves for the person; None for never. `now` is aware, and so is what comes out."""
    chosen = how(settings, choice, kind)
    if chosen == kinds.NEVER:
        return None
    wanted = now if chosen == kinds.AT_ONCE else _next_daily(settings.digest_at, calendar, now)
    return _after_quiet(choice, calendar, wanted)


def _next_daily(at: time, calendar: Calendar, now: datetime) -> datetime:
    today = now.astimezone(calendar.zone).date()
    if calendar.is_working_day(today) and calendar.local(today, at) > now:
        return calendar.local(today, at)
    return calendar.local(calendar.next_working_day(today + timedelta(days=1)), at)


def _after_quiet(choice: ReachChoice, calendar: Calendar, moment: datetime) -> datetime:
    begins, ends = choice.quiet_from, choice.quiet_until
    if begins is None or ends is None or begins == ends:
        return moment
    local = moment.astimezone(calendar.zone)
    is_over_midnight, at = begins > ends, local.time().replace(tzinfo=None)
    is_quiet = (at >= begins or at < ends) if is_over_midnight else begins <= at < ends
    if not is_quiet:
        return moment
    day = local.date() + timedelta(days=1) if is_over_midnight and at >= begins else local.date()
    return calendar.local(day, ends)
