"""Which of the end events that a case has reached says how it ended."""

from __future__ import annotations

from collections.abc import Iterable

from engine import runtime
from engine.definitions import task_settings


def declared(program: runtime.Program, end: str) -> str:
    """What the diagram says an end event makes of the case: `reject:不予销毁`; "" where it says nothing."""
    return program.elements[end].properties.get(task_settings.END_OUTCOME, "").strip()


def in_place_of_all(program: runtime.Program, end: str) -> bool:
    """Whether an end event stands in an event subprocess of the process that interrupts it: reached, it ended whatever else there was."""
    outer = program.elements[end].parent
    if outer is None:
        return False
    scope = program.elements[outer]
    if not scope.event_subprocess or scope.parent is not None:
        return in_place_of_all(program, outer)
    starts = (each for each in program.elements.values() if each.parent == scope.id and each.type == "startEvent")
    return all(each.interrupting for each in starts)


def concluding(program: runtime.Program, ends: Iterable[str]) -> str | None:
    """The end event that says how a case ended, of those reached: one that took the place of all else, one that declares it, one that ended all else, the last on its own way.

    What only goes on beside its way, as a reminder does, says nothing of it.
    """
    reached = [each for each in ends if each in program.elements]
    onward = runtime.onward(program)
    told = (
        [each for each in reached if in_place_of_all(program, each)],
        [each for each in reached if declared(program, each)],
        [each for each in reached if (event := program.elements[each].event) and event.kind == "terminate"],
        [each for each in reached if each in onward],
        reached,
    )
    return next((each[-1] for each in told if each), None)


def name(program: runtime.Program, ends: Iterable[str]) -> str:
    """What the end of a case is called; "" where it has no name."""
    end = concluding(program, ends)
    return program.elements[end].name if end else ""
