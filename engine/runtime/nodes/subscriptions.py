"""Waiting for events: timers, messages, signals, conditions, attached to a place or met on the way."""

from __future__ import annotations

from collections.abc import Iterable

from SpiffWorkflow.util.task import TaskState

from engine.basics import whole_numbers
from engine.runtime import expressions, waits
from engine.runtime.nodes.base import FlowNode
from engine.runtime.program import Event
from engine.runtime.tokens import Failure, Token, Tree
from engine.runtime.waits import AwaitedCondition, AwaitedMessage, AwaitedSignal, AwaitedTimer

WAITED_FOR = frozenset({"timer", "message", "signal", "conditional"})


def attach(host: Token, events: Iterable[FlowNode]) -> None:
    """Open a subscription at `host` for each event that something outside, or a condition, can trigger.

    Past the point of no return nothing waits any more for what would interrupt.
    """
    is_bound = host.workflow.host.bound() is not None
    for spec in events:
        event = spec.element.event
        if event is not None and event.kind in WAITED_FOR and not (is_bound and spec.element.interrupting):
            subscribe(host, spec)


def subscribe(host: Token, spec: FlowNode) -> Token:
    """One subscription of `spec` at `host`."""
    token = _subscription(host, spec)
    open_wait(token)
    return token


def rearm(host: Token, fired: Token) -> None:
    """After a round of a cycle timer: the next one, unless that was the last."""
    following = waits.read_as(AwaitedTimer, fired.internal_data["timer"]).following()
    if following is not None:
        _open_timer(_subscription(host, fired.task_spec), following)


def _subscription(host: Token, spec: FlowNode) -> Token:
    token: Token = host.workflow.spawn(spec, host)
    token.attached = True
    token._set_state(TaskState.WAITING)
    return token


def open_wait(token: Token) -> None:
    """Report what the token waits for. Raises `Failure`."""
    event: Event = token.task_spec.element.event
    tree: Tree = token.workflow
    if event.kind == "timer":
        _open_timer(token, _timer(token, event))
    elif event.kind == "message":
        tree.open(token, _message(token, event))
    elif event.kind == "signal":
        _open_signal(token, event)
    else:
        tree.dirty = True
        tree.open(token, AwaitedCondition(event.condition))


def _open_signal(token: Token, event: Event) -> None:
    name = expressions.string(token, event.name)
    if name != event.name:  # computed: a later throw compares with what it was
        token.internal_data["signal"] = name
    token.workflow.open(token, AwaitedSignal(name))


def _message(token: Token, event: Event) -> AwaitedMessage:
    name, key = expressions.string(token, event.name), event.correlation_key
    return AwaitedMessage(name, None if key is None else expressions.string(token, key))


def _open_timer(token: Token, awaited: AwaitedTimer) -> None:
    if awaited.type == "cycle" and not token.task_spec.element.interrupting:
        token.internal_data["timer"] = waits.details(awaited)
    token.workflow.open(token, awaited)


def _timer(token: Token, event: Event) -> AwaitedTimer:
    if event.timer is None:
        raise Failure("The timer says neither a date, nor a duration, nor a cycle.")
    text = expressions.string(token, event.timer.expression).strip()
    left = _repetitions(text) if event.timer.type == "cycle" else 1
    return AwaitedTimer(event.timer.type, text, left)


def timer_again(token: Token, awaited: AwaitedTimer) -> AwaitedTimer:
    """The same timer by what its text gives now; as it was where that cannot be worked out, or where it has fired before."""
    event = token.task_spec.element.event
    try:
        return awaited if event is None or awaited.fired else _timer(token, event)
    except Failure:
        return awaited


def _repetitions(cycle: str) -> int | None:
    head = cycle.split("/", 1)[0]
    return whole_numbers.read(head[1:]) if head[:1] == "R" else None
