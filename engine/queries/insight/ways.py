"""Which ways cases took, and with what share: the commonest ones, and the odd ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.calendar.scale import Spread
from engine.people.organisation import Organisation
from engine.queries.insight.extent import Extent
from engine.storage.models import InsightDay, InsightPath

COMMONEST, ODD = 10, 5
MOST = 2_000  # ways that are looked at; a process that has more of them has none worth telling


@dataclass(frozen=True)
class Way:
    """A way: ids of its user tasks in order, how many cases took it, their share, the median of their working time in seconds."""

    path: str
    elements: tuple[str, ...]
    count: int
    share: float
    typical: float | None


@dataclass(frozen=True)
class Ways:
    """The `commonest` first, then the `odd` ones, which fewest cases took; `others` is how many ways are not shown."""

    commonest: list[Way]
    odd: list[Way]
    kinds: int
    cases: int

    @property
    def others(self) -> int:
        """How many ways are not shown."""
        return self.kinds - len(self.commonest) - len(self.odd)


def taken(session: Session, company: Organisation, extent: Extent) -> Ways:
    """The ways of completed cases; three statements."""
    row = InsightDay
    mine = [*extent.within(company), row.element_id == "", row.state == "completed"]
    count = func.sum(row.count)
    ranked = select(row.path, count).where(*mine).group_by(row.path).order_by(count.desc(), row.path).limit(MOST)
    counts = {path: int(n) for path, n in session.execute(ranked)}
    paths, cases = list(counts), sum(counts.values())
    shown, rest = paths[:COMMONEST], paths[COMMONEST:]
    odd = rest[-ODD:][::-1]
    elements = _elements(session, company.id, extent.process, [*shown, *odd])
    times = _times(session, mine, [*shown, *odd])

    def way(path: str) -> Way:
        return Way(path, elements.get(path, ()), counts[path], counts[path] / cases, times.get(path, Spread()).quantile(0.5))

    return Ways([way(path) for path in shown], [way(path) for path in odd], len(paths), cases)


def _elements(session: Session, company_id: str, process: str, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    row = InsightPath
    mine = (row.company_id == company_id, row.process_id == process, row.digest.in_(paths))
    return {each.digest: tuple(each.elements) for each in session.execute(select(row.digest, row.elements).where(*mine))}


def _times(session: Session, mine: list[ColumnElement[bool]], paths: Sequence[str]) -> dict[str, Spread]:
    row, found = InsightDay, dict[str, dict[int, int]]()
    statement = select(row.path, row.worked, func.sum(row.count)).where(*mine, row.path.in_(paths))
    for path, step, count in session.execute(statement.group_by(row.path, row.worked)):
        found.setdefault(path, {})[step] = int(count)
    return {path: Spread(counts) for path, counts in found.items()}
