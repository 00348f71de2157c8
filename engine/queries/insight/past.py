"""Figures of what ended, from the sums by day: how many, how long, in time or late, sent back; by step, trend and cause."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from engine.calendar.scale import DurationSpread
from engine.people.organisation import Organisation
from engine.queries.insight.extent import Extent
from engine.storage.models import InsightDay

SLICES = 12  # of a trend
IN_TIME, LATE = 1, 2


@dataclass
class Past:
    """What ended at a step, or of cases as a whole. `worked` and `lasted` spread over working and calendar time, in seconds.

    `promised` had a limit, `late` of them were late; `again` were done once more after they had been sent back.
    `trend` counts by twelfth of the span, `trend_times` has the spread of the working time of each.
    """

    done: int = 0
    promised: int = 0
    late: int = 0
    again: int = 0
    worked: dict[int, int] = field(default_factory=dict)
    lasted: dict[int, int] = field(default_factory=dict)
    trend: list[int] = field(default_factory=lambda: [0] * SLICES)
    trend_times: list[dict[int, int]] = field(default_factory=lambda: [{} for _ in range(SLICES)])
    version: int = 0

    @property
    def kept_share(self) -> float | None:
        """The share of limits that were kept, 0 to 1; None where nothing had one."""
        return 1 - self.late / self.promised if self.promised else None

    @property
    def again_share(self) -> float | None:
        """The share that came again, 0 to 1; None of nothing."""
        return self.again / self.done if self.done else None

    @property
    def first_pass(self) -> float | None:
        """The share that was right the first time, 0 to 1; None of nothing."""
        return 1 - self.again / self.done if self.done else None

    def time(self, share: float, *, is_working: bool = True) -> float | None:
        """The working time (or calendar time) that this share did not exceed, in seconds; None of nothing."""
        return DurationSpread(self.worked if is_working else self.lasted).quantile(share)

    @property
    def trend_medians(self) -> list[float | None]:
        """The median working time of each twelfth of the span, in seconds; None where nothing ended."""
        return [DurationSpread(each).quantile(0.5) for each in self.trend_times]


def by_step(session: Session, company: Organisation, extent: Extent) -> dict[str, Past]:
    """What ended in an extent, by step; under "" the completed cases as a whole. Two statements."""
    row, slice_ = InsightDay, _slices(extent)
    mine = [*extent.within(company), row.state == "completed"]
    sums = (func.sum(row.count), _sum(row.kept > 0), _sum(row.kept == LATE), _sum(row.again > 0), func.max(row.version))
    figures: dict[str, Past] = {}
    alike = (row.element_id, slice_.c.number, row.worked)
    statement = select(*alike, *sums).join(slice_, row.day.between(slice_.c.first, slice_.c.last)).where(*mine)
    for element, number, step, *counts in session.execute(statement.group_by(*alike)):
        _add(figures.setdefault(element, Past()), int(number), step, [int(each) for each in counts])
    lasting = select(row.element_id, row.lasted, func.sum(row.count)).where(*mine).group_by(row.element_id, row.lasted)
    for element, step, count in session.execute(lasting):
        figures[element].lasted[step] = int(count)
    return figures


def _add(past: Past, number: int, step: int, counts: list[int]) -> None:
    done, promised, late, again, version = counts
    past.done, past.promised, past.late = past.done + done, past.promised + promised, past.late + late
    past.again, past.version = past.again + again, max(past.version, version)
    past.worked[step] = past.worked.get(step, 0) + done
    past.trend[number] += done
    past.trend_times[number][step] = done


@dataclass(frozen=True)
class Loop:
    """How often a step (`sent_from`, its name) sent work back to another."""

    sent_from: str
    element_id: str
    count: int


def loops(session: Session, company: Organisation, extent: Extent) -> list[Loop]:
    """Which steps sent back to which, the most often first; one statement."""
    row = InsightDay
    count = func.sum(row.count)
    statement = select(row.sent_from, row.element_id, count).where(*extent.within(company), row.sent_from != "")
    rows = session.execute(statement.group_by(row.sent_from, row.element_id).order_by(count.desc()).limit(20))
    return [Loop(sent_from, element, int(n)) for sent_from, element, n in rows]


def _slices(extent: Extent) -> Subquery:
    """The days of an extent in twelve parts: `number`, `first` and `last`.

    As rows to join: of a slice worked out from the day PostgreSQL believes that there are as many as days, and sorts on disk.
    """
    begin, end, width = extent.first.toordinal(), extent.last.toordinal(), -(-extent.days // SLICES)
    days = ((number, begin + number * width) for number in range(SLICES))
    names = ("number", "first", "last")
    slices = (zip(names, (number, day, min(day + width - 1, end)), strict=True) for number, day in days)
    return union_all(*(select(*(literal(value).label(name) for name, value in each)) for each in slices)).subquery("slice")


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, InsightDay.count), else_=0))
