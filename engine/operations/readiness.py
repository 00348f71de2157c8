"""Whether a step that cannot be taken back may be done: who had to decide before it did, and what comes behind it would not refuse."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from engine import errors, operations, runtime
from engine.cases.cases import Case
from engine.people.actors import SYSTEM
from engine.storage.models import UserTask

UNDECIDED = "“%(step)s” cannot be taken back, and nobody has decided “%(approval)s”, which comes before it."
COMPLETED, CANCELLED = "completed", "cancelled"


def require(case: Case, element: runtime.Element) -> None:
    """Raises Forbidden where a step that cannot be taken back must not be done yet; no others are asked about.

    Every approval that all ways to it pass has to be decided, by people or as the diagram lets it pass; and no operation
    that may come after it would refuse the case as it is.
    """
    missing = undecided(case, element.id)
    if missing is not None:
        raise errors.Forbidden(UNDECIDED, step=element.name or element.id, approval=missing.name or missing.id)
    for each, operation in _behind(case, element):
        if operation.ready is not None:
            operation.ready(_context(case, each))


def refusal(case: Case, element: runtime.Element) -> errors.Refusal | None:
    """What `require` would raise."""
    try:
        require(case, element)
    except errors.Refusal as refused:
        return refused
    return None


def undecided(case: Case, element_id: str) -> runtime.Element | None:
    """An approval that every way to the element passes, and that was not decided when the case was there last; None for none."""
    program, tasks = case.definition.program, case.definition.tasks
    elements = program.elements
    before = [each for each in runtime.certain_before(program, element_id) if each in tasks]
    wanted = [each for each in before if tasks[each].kind == "approve" and not _may_be_broken_off(program, each)]
    if not wanted:
        return None
    case.session.flush()  # what has been decided in this very transaction counts
    row = UserTask
    asked = select(row.element_id, row.state).where(row.instance_key == case.instance.key, row.element_id.in_(wanted))
    states: dict[str, list[str]] = {}
    for task in case.session.execute(asked.order_by(row.key)):
        states.setdefault(task.element_id, []).append(task.state)
    return next((elements[each] for each in wanted if not _is_decided(elements[each], states.get(each, []))), None)


def _may_be_broken_off(program: runtime.Program, element_id: str) -> bool:
    """Whether the diagram itself has a way on without a decision."""
    return any(each.interrupting for each in program.boundaries.get(element_id, ()))


def _is_decided(element: runtime.Element, states: list[str]) -> bool:
    """Of one done several times side by side some may be broken off when enough have decided."""
    return COMPLETED in states if element.multi_instance is not None else states[-1:] == [COMPLETED]


def _behind(case: Case, element: runtime.Element) -> Iterator[tuple[runtime.Element, operations.RegisteredOperation]]:
    """The operations of the element and of what may come after it."""
    for each in runtime.with_later(case.definition.program, element.id):
        operation = operations.find(each.task_definition.type) if each.task_definition else None
        if operation is not None:
            yield each, operation


def _context(case: Case, element: runtime.Element) -> operations.OperationContext:
    by = SYSTEM(case.instance.company_id, case.around.by.organisation_version)
    return operations.OperationContext(case.session, case.instance, element, {}, case.now, None, by)
