"""Which ways cases took, and with what share: the commonest ones, and the odd ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.calendar.scale import DurationSpread
from engine.people.organisation import Organisation
from engine.queries.insight.extent import Extent
from engine.storage.models import InsightDay, InsightPath

COMMONEST, ODD = 10, 5
MOST = 20_000  # ways by their times that are looked at; a process that has more of them has none worth telling


@dataclass(frozen=True)
class TakenWay:
    """A way: ids of its user tasks in order, how many cases took it, their share, the median of their working time in seconds."""

    path: str
    elements: tuple[str, ...]
    count: int
    share: float
    typical: float | None


@dataclass(frozen=True)
class Ways:
    """The `commonest` first, then the `odd` ones, which fewest cases took; `others` is how many ways are not shown."""

    commonest: list[TakenWay]
    odd: list[TakenWay]
    kinds: int
    cases: int

    @property
    def others(self) -> int:
        """How many ways are not shown."""
        return self.kinds - len(self.commonest) - len(self.odd)


def taken(session: Session, company: Organisation, extent: Extent) -> Ways:
    """The ways of completed cases; two statements."""
    row = InsightDay
    mine = [*extent.within(company), row.element_id == "", row.state == "completed"]
    times = _times(session, mine)
    counts = {path: sum(spread.values()) for path, spread in times.items()}
    paths, cases = sorted(counts, key=lambda path: (-counts[path], path)), sum(counts.values())
    shown, rest = paths[:COMMONEST], paths[COMMONEST:]
    odd = rest[-ODD:][::-1]
    elements = _elements(session, company.id, extent.process, [*shown, *odd])

    def way(path: str) -> TakenWay:
        return TakenWay(
            path, elements.get(path, ()), counts[path], counts[path] / cases, DurationSpread(times[path]).quantile(0.5)
        )

    return Ways([way(path) for path in shown], [way(path) for path in odd], len(paths), cases)


def _elements(session: Session, company_id: str, process: str, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    row = InsightPath
    mine = (row.company_id == company_id, row.process_id == process, row.digest.in_(paths))
    return {each.digest: tuple(each.elements) for each in session.execute(select(row.digest, row.elements).where(*mine))}


def _times(session: Session, mine: list[ColumnElement[bool]]) -> dict[str, dict[int, int]]:
    """How many cases took each way, by the step of the scale in which their working time lies; read once for both."""
    row, times = InsightDay, dict[str, dict[int, int]]()
    count = func.sum(row.count)
    statement = select(row.path, row.worked, count).where(*mine).group_by(row.path, row.worked)
    for path, step, number in session.execute(statement.order_by(count.desc(), row.path, row.worked).limit(MOST)):
        times.setdefault(path, {})[step] = int(number)
    return times
