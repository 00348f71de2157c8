"""How much history is kept [历史占用]: by process and month, where it is going, and what retention frees and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import periods
from engine.definitions import definitions
from engine.people.actors import Actor
from engine.storage.models import Company, HistoryUse

AHEAD = 12  # months that are forecast
LATELY = 3  # whole months before this one, of which the pace is taken
SHOWN = 13  # months of the table by month


@dataclass(frozen=True)
class HistorySize:
    """Cases and events, counted, and octets, about."""

    cases: int = 0
    events: int = 0
    octets: int = 0

    def plus(self, other: HistorySize) -> HistorySize:
        """Both together."""
        return HistorySize(self.cases + other.cases, self.events + other.events, self.octets + other.octets)


@dataclass(frozen=True)
class Freed:
    """What retention frees at the earliest in a month ("2027-03")."""

    month: str
    use: HistorySize


@dataclass(frozen=True)
class BudgetLine:
    """One process: what it keeps, what comes to it in a month at the pace of the last three whole months, what it will keep in a year.

    `retention` is the period of its setting, "" for ever; `frees` what goes in the next twelve months, the first first.
    """

    process_id: str
    name: str
    kept: HistorySize
    running: HistorySize
    monthly: HistorySize
    in_a_year: HistorySize
    retention: str
    frees: list[Freed] = field(default_factory=list)


@dataclass(frozen=True)
class Budget:
    """All processes, those first that keep most; the sums; what ended in each of the last months. `as_of` None: not measured yet.

    `is_freeing`: the company removes cases whose time is over ([policy] retention).
    """

    lines: list[BudgetLine]
    kept: HistorySize
    in_a_year: HistorySize
    months: list[tuple[str, HistorySize]]
    as_of: datetime | None
    is_freeing: bool


def look(session: Session, by: Actor, *, now: datetime) -> Budget:
    """The figures of last night; three statements. For who operates or reads all; Forbidden for others."""
    if not (by.operates or by.reads_all):
        raise errors.Forbidden("Only administrators, operators and auditors see how much history is kept.")
    is_freeing = bool(session.get_one(Company, by.company_id).policy.get("retention"))
    rows = session.scalars(select(HistoryUse).where(HistoryUse.company_id == by.company_id)).all()
    months: dict[str, dict[str, HistorySize]] = {}
    for row in rows:
        months.setdefault(row.process_id, {})[row.month] = HistorySize(row.cases, row.events, row.octets)
    newest = {each.process_id: each for each in definitions.all_latest(session, by.company_id)}
    lines = [_line(process_id, newest.get(process_id), sizes, now, is_freeing) for process_id, sizes in months.items()]
    lines.sort(key=lambda line: (-line.kept.octets, line.name))
    kept, later = HistorySize(), HistorySize()
    for line in lines:
        kept, later = kept.plus(line.kept), later.plus(line.in_a_year)
    return Budget(lines, kept, later, _by_month(months, now), max((row.as_of for row in rows), default=None), is_freeing)


def _line(
    process_id: str, newest: definitions.Definition | None, months: dict[str, HistorySize], now: datetime, is_freeing: bool
) -> BudgetLine:
    kept = _sum(months.values())
    monthly = _pace(months, now)
    retention = newest.settings.retention if newest else ""
    frees = _frees(months, retention, now) if retention and is_freeing else []
    later = kept.plus(_times(monthly, AHEAD)).plus(_times(_sum(each.use for each in frees), -1))
    name = newest.title if newest else process_id
    return BudgetLine(process_id, name, kept, months.get("", HistorySize()), monthly, later, retention, frees)


def _pace(months: dict[str, HistorySize], now: datetime) -> HistorySize:
    """What ends in a month: of the last whole months since the first case ended, else of this month so far."""
    first = min((month for month in months if month), default="")
    whole = [month for n in range(1, LATELY + 1) if (month := _month(now, -n)) >= first] if first else []
    lately = whole or [_month(now, 0)]
    return _times(_sum(months.get(month, HistorySize()) for month in lately), 1 / len(lately))


def _frees(months: dict[str, HistorySize], retention: str, now: datetime) -> list[Freed]:
    """What goes in each of the coming months: of a month that ended so long ago that its last case is over its time."""
    left = {month: use for month, use in months.items() if month}
    freed = []
    for ahead in range(AHEAD):
        month = _month(now, ahead)
        until = periods.ago(retention, _start(_month(now, ahead + 1)))
        due = [each for each in left if _start(_next(each)) <= until]
        if due:
            freed.append(Freed(month, _sum(left.pop(each) for each in due)))
    return freed


def _by_month(months: dict[str, dict[str, HistorySize]], now: datetime) -> list[tuple[str, HistorySize]]:
    """What ended in each of the last months, the latest first, up to the first that has anything."""
    by_month = [
        (_month(now, -n), _sum(each.get(_month(now, -n), HistorySize()) for each in months.values())) for n in range(SHOWN)
    ]
    while by_month and not by_month[-1][1].cases:
        by_month.pop()
    return by_month


def _sum(uses: Iterable[HistorySize]) -> HistorySize:
    total = HistorySize()
    for each in uses:
        total = total.plus(each)
    return total


def _times(use: HistorySize, factor: float) -> HistorySize:
    return HistorySize(round(use.cases * factor), round(use.events * factor), round(use.octets * factor))


def _month(now: datetime, ahead: int) -> str:
    year, month = divmod(now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - 1 + ahead, 12)
    return f"{year:04d}-{month + 1:02d}"


def _next(month: str) -> str:
    return _month(_start(month), 1)


def _start(month: str) -> datetime:
    return datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
