"""What stands before a step that cannot be taken back: operators leave nothing of it out, and change nothing that was approved."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from engine import errors, operations, runtime
from engine.cases import cases
from engine.cases.cases import Case, Instance
from engine.definitions import definitions
from engine.operations import readiness
from engine.storage.models import HistoryEvent, UserTask

BEHIND = (
    "“%(step)s” comes after it and cannot be taken back: what it hangs on is done, not left out. "
    "Hand it to somebody else, send the case back, or end the case."
)
LEAP = (
    "“%(step)s” cannot be taken back: the case is not moved forward past what decides about it. "
    "It may be moved to where it has been."
)
APPROVED = (
    "“%(step)s” cannot be taken back, and the case was approved with the values that it has. "
    "Move it back to the step that fills them in; it is approved anew from there."
)
MOST_LEVELS = 20


def require_none(case: Case, element_id: str) -> None:
    """Raises Conflict when a step that cannot be taken back may come after the element, here or in a case above."""
    element = step(case, element_id)
    if element is not None:
        raise errors.Conflict(BEHIND, step=_name(element))


def require_no_leap(case: Case, target: str) -> None:
    """Raises Conflict for a move forward that leaves out what decides about a step that cannot be taken back."""
    bound = _bound(case, target)
    if bound is not None and not _was_at(case, target):
        raise errors.Conflict(LEAP, step=_name(bound))


def may_move(case: Case, target: str) -> bool:
    """Whether `require_no_leap` lets a case be moved to an element."""
    return _bound(case, target) is None or _was_at(case, target)


def require_unapproved(case: Case) -> None:
    """Raises Conflict where values were approved that a step which cannot be taken back hangs on."""
    element = next((each for _token, at, _kind in case.run.waiting() if (each := _bound(case, at)) is not None), None)
    approved = (UserTask.instance_key == case.instance.key, UserTask.kind == "approve", UserTask.state == "completed")
    if element is not None and case.session.execute(select(UserTask.key).where(*approved).limit(1)).first() is not None:
        raise errors.Conflict(APPROVED, step=_name(element))


def step(case: Case, element_id: str) -> runtime.Element | None:
    """A step that cannot be taken back and may come after the element of a case, or of the cases above it; None for none."""
    return _found(case, element_id, runtime.ahead)


def _bound(case: Case, element_id: str) -> runtime.Element | None:
    """The same, where the element itself counts and what comes before it."""
    return _found(case, element_id, runtime.around)


def _found(case: Case, element_id: str, looking: Callable[..., runtime.Element | None]) -> runtime.Element | None:
    program = case.definition.program
    if element_id in program.elements:
        element = looking(program, element_id, operations.irreversible(), _called(case, program))
        if element is not None:
            return element
    above = _above(case)
    return step(above[0], above[1]) if above is not None else None


def _was_at(case: Case, target: str) -> bool:
    """Whether the case has been there, and what had to be decided on the way still is."""
    event = HistoryEvent
    mine = (event.instance_key == case.instance.key, event.element_id == target, event.kind != "moved")
    is_known = case.session.execute(select(event.key).where(*mine).limit(1)).first() is not None
    return is_known and readiness.undecided(case, target) is None


def _above(case: Case) -> tuple[Case, str] | None:
    """The case that called this one, and the element where it waits for it."""
    parent = case.session.get(Instance, case.instance.parent_key) if case.instance.parent_key is not None else None
    if parent is None:
        return None
    above = cases.look_into(case.around, parent)
    place = above.run.place(case.instance.parent_token or "")
    return (above, place) if place is not None else None


def _called(case: Case, program: runtime.Program) -> frozenset[str]:
    """The processes that this one calls, however deep, and that hold such a step."""
    reached: dict[str, runtime.Program] = {}
    todo = [program]
    while todo:
        for element in todo.pop().elements.values():
            name = element.called_process_id
            if name and name not in reached and not name.startswith("=") and len(reached) < MOST_LEVELS:
                reached[name] = definitions.latest(case.session, case.instance.company_id, name).program
                todo.append(reached[name])
    return frozenset(runtime.binding(reached.values(), operations.irreversible()))


def _name(element: runtime.Element) -> str:
    return element.name or element.id
