"""Bringing an event to where it is caught: subscriptions that fire, errors and escalations that rise."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.runtime.nodes import subscriptions
from engine.runtime.nodes.base import FlowNode
from engine.runtime.tokens import Token, Tree


def trigger(token: Token, variables: dict[str, Any]) -> None:
    """What `token` waits for has come: it, or the event it stands for, goes on.

    An event that would interrupt a case past its point of no return only ends its subscription.
    """
    if not token.attached:
        token.task_spec.receive(token, variables)
        token.task_spec.catch(token, None)
        token.task_spec._update(token)
    elif is_barred(token):
        _end_subscription(token)
    elif token.task_spec.element.attached_to or token.task_spec.element.type == "startEvent":
        _happen(token, variables)
    else:
        _win(token, variables)


def is_barred(token: Token) -> bool:
    """Whether a subscription's event would interrupt a case past its point of no return."""
    element = token.task_spec.element
    is_own = element.attached_to is not None or element.type == "startEvent"  # not one behind an event-based gateway
    return token.attached and is_own and element.interrupting and is_bound(token)


def is_bound(token: Token) -> bool:
    """Whether the case is past its point of no return."""
    return token.workflow.host.bound() is not None


def _happen(token: Token, variables: dict[str, Any]) -> None:
    host = token.home
    if token.task_spec.element.interrupting or token.wait == "timer":
        _end_subscription(token)
    if not token.task_spec.element.interrupting and token.internal_data.get("timer"):
        subscriptions.rearm(host, token)
    token.task_spec.happen(host, variables)


def _win(token: Token, variables: dict[str, Any]) -> None:
    # The first event behind an event-based gateway decides which way the gateway's own token goes.
    gateway = token.home
    _end_subscription(token)
    gateway.carried = variables
    gateway.taken = tuple(flow for flow in gateway.task_spec.flows if flow.target == token.task_spec.element.id)
    gateway.complete()


def _end_subscription(token: Token) -> None:
    tree: Tree = token.workflow
    token._set_state(TaskState.COMPLETED)
    tree.close(token, "completed")
    tree.forget(token)


def signal(tree: Tree, name: str, variables: dict[str, Any]) -> None:
    """Bring a signal to every token that waits for it now; one that an earlier one cancels does not get it."""
    for token in [token for token in tree.tasks.values() if _waits_for(token, name)]:
        if not token.is_finished and token.wait == "signal":
            trigger(token, variables)


def _waits_for(token: Token, name: str) -> bool:
    return token.wait == "signal" and name == token.internal_data.get("signal", token.task_spec.element.event.name)


def throw(token: Token, kind: str, code: str, variables: dict[str, Any]) -> bool:
    """Let an error, escalation or cancellation rise from `token`; whether something caught it."""
    inside: Token | None = None
    for scope in token.chain():
        spec = _catcher(scope, inside, kind, code)
        if spec is not None:
            spec.happen(scope, variables)
            return True
        inside = scope
    return False


def _catcher(scope: Token, inside: Token | None, kind: str, code: str) -> Any:
    candidates: list[FlowNode] = []
    if inside is not None:
        # What an event subprocess throws is not for itself to catch.
        own = inside.task_spec.element.id
        candidates += [spec for spec in scope.task_spec.event_starts if spec.element.parent != own]
    candidates += scope.task_spec.boundaries
    if is_bound(scope):
        candidates = [spec for spec in candidates if not spec.element.interrupting]
    # A catch event with the very code comes before one that catches all.
    matching = [
        (event.code is None, number)
        for number, spec in enumerate(candidates)
        if (event := spec.element.event) and event.kind == kind and event.code in (None, code)
    ]
    return candidates[min(matching)[1]] if matching else None


def clear(scope: Token, keep: Token | None = None) -> None:
    """Cancel all that runs in a scope, its subscriptions included, but not its own boundary events."""
    for token in list(scope.inner.values()):
        if token is not keep and not (token.attached and token.task_spec.element.attached_to):
            token.cancel()
