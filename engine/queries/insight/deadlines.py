"""Deadlines [时限]: what was promised against what was kept, by process, step and department, and why it was late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.definitions import definitions, step_names
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.insight import extent as extents
from engine.queries.insight import outlook, past
from engine.queries.insight.extent import Extent
from engine.queries.insight.outlook import Outlook
from engine.queries.status import open_tasks
from engine.storage.models import InsightDay

MOST_STEPS = 20


@dataclass
class Kept:
    """Limits of tasks at a step, in a process or a department; `process` and `element` are ids, "" where it is not about one."""

    name: str
    process: str = ""
    element: str = ""
    department: str = ""
    sub: str = ""
    promised: int = 0
    late: int = 0
    cases: int = 0
    cases_late: int = 0

    @property
    def share(self) -> float | None:
        """The share of limits that were kept, 0 to 1; None where nothing had one."""
        return 1 - self.late / self.promised if self.promised else None


@dataclass(frozen=True)
class Deadlines:
    """All of the page; lists begin with where most was late. `as_of` is when the past was summed up last."""

    extent: Extent
    whole: Kept
    processes: list[Kept]
    steps: list[Kept]
    departments: list[Kept]
    causes: list[tuple[str, int]]
    outlook: Outlook
    as_of: datetime | None


def look(session: Session, by: Actor, given: Mapping[str, str], *, now: datetime) -> Deadlines | None:
    """The page for an address' `days`, `process` and `department`; None for who follows no process.

    Of a process that the person does not follow, or that is not there, there is nothing. Raises Invalid for other spans.
    """
    company, process = open_tasks.company_of(session, by), given.get("process", "")
    followed = {each.process_id: each for each in definitions.all_latest(session, by.company_id) if access.follows(by, each)}
    extent = extents.extent_of(company, given, process, now=now)
    if not followed:
        return None
    mine = [*extent.within(company), InsightDay.process_id.in_(followed), InsightDay.state == "completed"]
    tables = _tables(session, mine, followed, company)
    coming = outlook.coming(session, by, company, extent, followed, now=now)
    return Deadlines(extent, *tables, coming, extents.as_of(session, company.id))


def _tables(
    session: Session, mine: list[ColumnElement[bool]], followed: Mapping[str, Definition], company: Organisation
) -> tuple[Kept, list[Kept], list[Kept], list[Kept], list[tuple[str, int]]]:
    """By process, step and department, and the causes; one statement reads the many days once for all of them."""
    row = InsightDay
    late = func.sum(case((row.kept == past.LATE, row.count), else_=0))
    alike = (row.process_id, row.element_id, row.department, row.cause)
    statement = select(*alike, func.sum(row.count), late).where(*mine, row.kept > 0).group_by(*alike)
    names, causes = dict[str, Mapping[str, str]](), Counter[str]()
    whole, processes, steps, departments = Kept(""), dict[str, Kept](), dict[tuple[str, str], Kept](), dict[str, Kept]()
    for process, element, department, cause, promised, was_late in session.execute(statement):
        definition = followed[process]
        causes += Counter({cause: int(promised)} if cause else {})
        of_process = processes.setdefault(process, Kept(definition.title, process))
        if not element:
            for each in (whole, of_process):
                each.cases, each.cases_late = each.cases + int(promised), each.cases_late + int(was_late)
            continue
        if process not in names:
            names[process] = step_names.of_tasks(definition)
        name = names[process].get(element, "")
        of_step = steps.setdefault((process, element), Kept(name, process, element, sub=definition.title))
        unit = company.departments.get(department)
        of_department = departments.setdefault(department, Kept(company.said(unit.name) if unit else "", department=department))
        for each in (whole, of_process, of_step, of_department):
            each.promised, each.late = each.promised + int(promised), each.late + int(was_late)
    worst = _worst(processes.values()), _worst(steps.values())[:MOST_STEPS], _worst(departments.values())
    return whole, *worst, causes.most_common()


def _worst(lines: Iterable[Kept]) -> list[Kept]:
    return sorted(lines, key=_by_lateness)


def _by_lateness(kept: Kept) -> Any:
    """Most late first; of as many, where they are the greater share; of what was never late, what was done most."""
    return -kept.late, -kept.cases_late, kept.promised if kept.late else -kept.promised, kept.name
