"""Where the running cases of a process lie: with people, stopped, in a process that they called, or waiting by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import Session, aliased

from engine import runtime
from engine.cases.rights import access
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.queries.insight.extent import Extent
from engine.queries.status import board
from engine.queries.status.board import CaseFilters
from engine.queries.status.narrowed import case_filters
from engine.storage.models import Incident, ProcessInstance, UserTask

Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True)
class Spot:
    """A place of the diagram that holds cases without a task of it: `stopped` there, or in the process `called` from it.

    `elements` are the call activities that may have called it, by id: several where it was called before that was kept. In
    `broken` of the called ones something has stopped, there or deeper; `place` is how their lists name them.
    """

    elements: tuple[str, ...]
    name: str
    stopped: int = 0
    called: int = 0
    broken: int = 0
    process: str = ""
    process_name: str = ""
    place: str = ""


@dataclass(frozen=True)
class Lying:
    """How many cases run, and how many of them by each of `case_filters.LIES`: together they are all that run."""

    running: int
    parts: Mapping[str, int]
    spots: list[Spot]

    @property
    def stopped_at(self) -> dict[str, int]:
        """Cases stopped by incidents, by element."""
        return {spot.elements[0]: spot.stopped for spot in self.spots if spot.stopped}

    @property
    def called_from(self) -> dict[str, int]:
        """Cases that wait for what they called, by the call activity, where it is known."""
        known = [spot for spot in self.spots if spot.called and len(spot.elements) == 1]
        return dict(sum((Counter({spot.elements[0]: spot.called}) for spot in known), Counter()))


def lying_in(session: Session, by: Actor, extent: Extent, drawn: Sequence[Definition], *, now: datetime) -> Lying:
    """Of the cases that the list of the extent shows as running; three statements.

    `drawn` are the versions by whose diagrams places are named, that which is shown first.
    """
    filters = CaseFilters(state="active", **extent.place)
    mine = board.within(session, by, filters, now)
    running, parts = _parts(session, by, mine, board.within(session, by, replace(filters, state="incident"), now), extent)
    spots = [*_stopped(session, drawn, mine), *_called(session, by, drawn, mine)]
    return Lying(running, parts, spots)


def _parts(session: Session, by: Actor, mine: Conditions, stopped: Conditions, extent: Extent) -> tuple[int, dict[str, int]]:
    """How many run, and how many of them by each of `LIES`: the few are looked at one by one, the rest is what is left.

    So the many are read from indexes alone, each once.
    """
    row, task = ProcessInstance, UserTask
    has_task = exists().where(task.instance_key == row.key, task.state == "open")
    with_people = row.key.in_(case_filters.with_people(by.company_id, extent.process))
    calls = case_filters.lying(by.company_id, "called", extent.process)
    read = [
        select(func.count().label("running"), board.total(with_people).label("task")).where(*mine),
        select(func.count().label("stopped"), board.total(has_task).label("both")).where(*stopped),
        select(func.count().label("called")).where(*mine, calls),
    ]
    most, few, below = (each.subquery() for each in read)
    asked = select(most, few, below).select_from(most.join(few, true()).join(below, true()))
    running, some, stopped_, both, called = (int(each or 0) for each in session.execute(asked).one())
    parts = {"stopped": stopped_, "task": some - both, "called": called}
    return running, parts | {"waiting": running - sum(parts.values())}


def _stopped(session: Session, drawn: Sequence[Definition], mine: list[Any]) -> Iterator[Spot]:
    row, case = Incident, ProcessInstance
    asked = select(row.element_id, func.count(row.instance_key.distinct())).join(case, case.key == row.instance_key)
    for element, count in session.execute(asked.where(*mine, row.state == "open").group_by(row.element_id)):
        known = _drawn_in(drawn, element or "")
        yield Spot((element or "",), known.name if known else "", stopped=int(count))


def _drawn_in(drawn: Sequence[Definition], element: str) -> runtime.Element | None:
    """An element of the first of these versions that has it."""
    return next(filter(None, (each.program.elements.get(element) for each in drawn)), None)


def _called(session: Session, by: Actor, drawn: Sequence[Definition], mine: list[Any]) -> Iterator[Spot]:
    case, child = ProcessInstance, aliased(ProcessInstance)
    alike = (child.process_id, child.parent_element)
    asked = select(
        *alike,
        func.max(child.process_name),
        func.count(child.parent_key.distinct()),
        func.count(child.parent_key.distinct()).filter(child.key.in_(case_filters.held_up(by.company_id))),
    ).join(case, case.key == child.parent_key)
    running = (child.company_id == by.company_id, child.state == case_filters.ACTIVE)
    rows = asked.where(*mine, *running).group_by(*alike).order_by(*alike)
    titles = {each.process_id: each.title for each in access.newest(session, by.company_id)}
    for process, element, name, count, broken in session.execute(rows):
        elements = (element,) if element else next(filter(None, (_callers(each, process) for each in drawn)), ())
        called = [_drawn_in(drawn, each) for each in elements]
        told = " / ".join(each.name for each in called if each and each.name)
        place = f"{process}:{element or case_filters.UNKNOWN}"
        yield Spot(
            elements, told, called=count, broken=broken, process=process, process_name=titles.get(process, name), place=place
        )


def _callers(definition: Definition, process: str) -> tuple[str, ...]:
    """The call activities that call a process by its id; else those that work out whom they call."""
    calls = {each.id: each.called_process_id for each in definition.program.elements.values() if each.called_process_id}
    named = tuple(id for id, name in calls.items() if name == process)
    return named or tuple(id for id, name in calls.items() if (name or "").startswith("="))
