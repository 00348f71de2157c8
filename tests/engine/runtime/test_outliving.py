"""A step that watches over another one and is not ended with it is told of when the diagram is checked."""

from __future__ import annotations

from engine.runtime.checking import checks
from tests.engine import kit

HOUR = kit.timer("timeDuration", "PT1H")
LATE = kit.boundary("late", "work", HOUR, interrupting=False)
SUPERVISED = (kit.task("work"), LATE, kit.task("supervise"), kit.flow("late", "supervise"))
STOP = kit.end("stop", definition="<bpmn:terminateEventDefinition/>")


def told(*parts: str) -> list[str]:
    """The steps that outlive what they watch over, in a process of a start and these parts."""
    problems = checks.check(kit.diagram("watched", kit.start(), kit.flow("started", "work"), *parts).content)
    assert not [each for each in problems if each.severity == "error"]
    return [each.element_id for each in problems if "stays open after" in each.message]


def test_a_supervision_that_nothing_ends_with_the_supervised_step_is_told() -> None:
    assert told(*SUPERVISED, kit.end(), kit.end("seen"), kit.flow("work", "done"), kit.flow("supervise", "seen")) == [
        "supervise"
    ]


def test_a_supervision_that_a_terminate_end_ends_is_not() -> None:
    assert told(*SUPERVISED, STOP, kit.end("seen"), kit.flow("work", "stop"), kit.flow("supervise", "seen")) == []


def test_a_step_that_the_way_of_the_watched_one_waits_for_is_not() -> None:
    join = kit.node("parallelGateway", "join")
    flows = (kit.flow("work", "join"), kit.flow("supervise", "join"), kit.flow("join", "done"))
    assert told(*SUPERVISED, join, kit.end(), *flows) == []


def test_what_a_timer_does_instead_of_the_step_is_not() -> None:
    instead = (kit.task("work"), kit.boundary("late", "work", HOUR), kit.task("supervise"), kit.flow("late", "supervise"))
    assert told(*instead, kit.end(), kit.end("seen"), kit.flow("work", "done"), kit.flow("supervise", "seen")) == []
