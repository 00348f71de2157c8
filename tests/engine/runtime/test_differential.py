"""Random processes go the same way on the runtime and on SpiffWorkflow's own engine, where that one is right."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from engine import runtime
from tests.engine.runtime.lockstep.following import place_of
from tests.engine.runtime.lockstep.specs import is_instance
from tests.engine.runtime.random_processes import Block, Drawing, blocks
from tests.engine.runtime.walking import Walk

GATEWAYS = ("seq", "xor", "and", "or", "loop", "sub")
EVENTS = (*GATEWAYS, "timer", "message", "signal", "thrown", "failing", "stopped", "rung", "reminded", "guarded")
REPEATED = (*GATEWAYS, "timer", "message", "signal", "thrown", "items", "turns")
LONG_AGO = "2000-01-01T00:00:00+00:00"
CHOICES = st.lists(st.integers(0, 9), max_size=25)
Place = tuple[str, tuple[int, ...]]


def has_join_in_loop(block: Block, in_loop: bool = False) -> bool:
    """SpiffWorkflow 3.2's own parallel and inclusive joins count the arrivals of earlier rounds and fire too early."""
    kind, inner = block
    return (in_loop and kind in ("and", "or")) or any(has_join_in_loop(one, in_loop or kind == "loop") for one in inner)


def drawn(*kinds: str) -> st.SearchStrategy[Block]:
    return blocks(kinds).filter(lambda block: not has_join_in_loop(block))


class Plain:
    """A random process on SpiffWorkflow's own engine."""

    def __init__(self, source: bytes, variables: dict[str, Any]) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(source)
        self.workflow = BpmnWorkflow(parser.get_spec("random"), parser.get_subprocess_specs("random"))
        self.workflow.task_tree.data.update(variables)
        self.workflow.do_engine_steps()

    @property
    def open(self) -> dict[Place, Any]:
        """Tasks that can be done, events that are waited for."""
        ready = [task for task in self.workflow.get_tasks(state=TaskState.READY) if task.task_spec.manual]
        waiting = [task for task in self.workflow.get_tasks(state=TaskState.WAITING) if _is_waiting(task)]
        return {self._place(task): task for task in ready + waiting}

    def _place(self, task: Any) -> Place:
        name, numbers = task.task_spec.bpmn_id, []
        while True:
            if is_instance(task):
                numbers.append(1 + [child for child in task.parent.children if child.task_spec is task.task_spec].index(task))
            if task.workflow.parent_task_id is None:
                return name, tuple(numbers)
            task = self.workflow.get_task_from_id(task.workflow.parent_task_id)

    def go_on(self, place: Place) -> None:
        """Do the task, or let the event come."""
        task = self.open[place]
        if not isinstance(task.task_spec, CatchingEvent):
            task.run()
        elif place[0].startswith("timer"):
            task.internal_data["event_value"] = LONG_AGO
            self.workflow.refresh_timers()
        else:
            task.task_spec.catch(task, BpmnEvent(task.task_spec.event_definition, {}))
            task.task_spec._update(task)
        self.workflow.do_engine_steps()


def _is_waiting(task: Any) -> bool:
    name = getattr(task.task_spec, "bpmn_id", None) or ""
    return isinstance(task.task_spec, CatchingEvent) and name.startswith(("timer", "message", "signal"))


def same_way(block: Block, choices: list[int], bits: int) -> None:
    drawing = Drawing()
    program = runtime.parse(drawing.source(block))[0]
    flags = {flag: bool(bits >> (number % 12) & 1) for number, flag in enumerate(drawing.flags)}
    walk, plain = Walk(program, flags), Plain(Drawing(feel=False).source(block), flags)
    for choice in choices:
        run = walk.loaded()
        waits = {place_of(run, token): wait for token, wait in walk.open.items()}
        assert len(waits) == len(walk.open)
        assert sorted(waits) == sorted(plain.open)
        if not waits:
            break
        place = sorted(waits)[choice % len(waits)]
        _go_on(walk, waits[place])
        plain.go_on(place)
    assert walk.run.is_ended == plain.workflow.is_completed()


def _go_on(walk: Walk, wait: runtime.TokenWait) -> None:
    run = walk.loaded()
    if wait.kind == "timer":
        run.fire(wait.token)
    elif wait.kind in ("message", "signal"):
        run.deliver(wait.token, {})
    else:
        run.complete(wait.token, {})
    walk._after(run)


@settings(max_examples=60, deadline=None)
@given(block=drawn(*GATEWAYS), choices=CHOICES, bits=st.integers(0, 2**12))
def test_gateways_loops_and_subprocesses(block: Block, choices: list[int], bits: int) -> None:
    same_way(block, choices, bits)


@settings(max_examples=60, deadline=None)
@given(block=drawn(*EVENTS), choices=CHOICES, bits=st.integers(0, 2**12))
def test_timers_messages_signals_errors_and_boundary_events(block: Block, choices: list[int], bits: int) -> None:
    same_way(block, choices, bits)


@settings(max_examples=60, deadline=None)
@given(block=drawn(*REPEATED), choices=CHOICES, bits=st.integers(0, 2**12))
def test_multi_instance_subprocesses_with_events_inside(block: Block, choices: list[int], bits: int) -> None:
    same_way(block, choices, bits)
