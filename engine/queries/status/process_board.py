"""One process on the board: its numbers, where its cases are by step, and what stands on its diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import barring
from engine.definitions import definitions, step_names
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.queries.cases.where import waits
from engine.queries.status import board
from engine.queries.status.board import ProcessLine
from engine.queries.status.narrowed import case_filters
from engine.storage.models import ProcessInstance, UserTask


@dataclass(frozen=True)
class Step:
    """One place of a process: its open tasks, how many of them are overdue, since when the oldest waits, and the nearest limit.

    `resting` counts the cases that rest there without a task: for a time, a message, a system or a case that they called,
    or because something stopped. `version` is that of the older version that has it, 0 for a step of the newest.
    """

    element_id: str
    name: str
    type: str
    open: int
    overdue: int
    oldest: datetime | None
    due_at: datetime | None
    resting: int
    version: int = 0


@dataclass(frozen=True)
class ProcessBoard:
    """One process: its numbers, its steps in the diagram's order, and what stands on the diagram."""

    line: ProcessLine
    definition_key: int
    version: int
    steps: list[Step]

    @property
    def marks(self) -> dict[str, Any]:
        """For the viewer: how much lies at each node."""
        lying = {step.element_id: step.open + step.resting for step in self.steps if not step.version}
        return {"counts": {element: str(number) for element, number in lying.items() if number}}


def look(session: Session, by: Actor, process_id: str, *, now: datetime) -> ProcessBoard:
    """One process with its steps. Raises NotFound for one that the person does not follow."""
    definition = next((each for each in board.followed(session, by) if each.process_id == process_id), None)
    if definition is None:
        raise errors.NotFound(definitions.NO_PROCESS)
    line = board.line(session, by, definition, now=now)
    return ProcessBoard(line, definition.key, definition.version, list(_steps(session, by, definition, now)))


def _steps(session: Session, by: Actor, definition: Definition, now: datetime) -> Iterator[Step]:
    """Those of the newest version, then where cases of older ones lie at steps that it has no more."""
    tasks, resting = _tasks(session, by, definition.process_id, now), _resting(session, by, definition.process_id)
    yield from _of_version(definition, tasks, resting)
    known = set(definition.program.elements)
    if {*tasks, *resting} <= known:
        return
    for older, _cases in definitions.older_in_use(session, by.company_id, definition.process_id):
        steps = _of_version(older, tasks, resting)
        lying = (each for each in steps if (each.open or each.resting) and each.element_id not in known)
        yield from (replace(each, version=older.version) for each in lying)
        known |= set(older.program.elements)


def _of_version(definition: Definition, tasks: Mapping[str, Any], resting: Mapping[str, int]) -> Iterator[Step]:
    names = step_names.of_tasks(definition)
    for element in definition.program.elements.values():
        still = resting.get(element.id, 0) if waits.is_place(element) else 0
        if element.type != "userTask" and not still:
            continue
        _id, counted, overdue, oldest, due_at = tasks.get(element.id, (element.id, 0, 0, None, None))
        name = names.get(element.id, element.name)
        yield Step(element.id, name, element.type, int(counted), int(overdue), oldest, due_at, still)


def _tasks(session: Session, by: Actor, process_id: str, now: datetime) -> dict[str, Any]:
    row = UserTask
    statement = (
        select(row.element_id, func.count(), board.total(row.due_at < now), func.min(row.created_at), func.min(row.due_at))
        .where(
            row.company_id == by.company_id,
            row.process_id == process_id,
            row.state == "open",
            barring.free(session, by, row.instance_key),
        )
        .group_by(row.element_id)
    )
    return {line[0]: tuple(line) for line in session.execute(statement)}


def _resting(session: Session, by: Actor, process_id: str) -> dict[str, int]:
    """How many running cases rest at each element without a task there, each case once."""
    row, place = ProcessInstance, case_filters.resting().subquery()
    statement = (
        select(place.c.element_id, func.count(place.c.instance_key.distinct()))
        .join(row, row.key == place.c.instance_key)
        .where(
            row.company_id == by.company_id,
            row.process_id == process_id,
            row.state == case_filters.ACTIVE,
            barring.free(session, by, row.key),
        )
        .group_by(place.c.element_id)
    )
    return {str(element): int(number) for element, number in session.execute(statement)}
