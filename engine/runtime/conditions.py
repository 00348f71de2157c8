"""What is decided when every token rests: conditional events and inclusive joins."""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from engine.runtime import expressions
from engine.runtime.nodes import catching, gateways
from engine.runtime.tokens import Failure, Token, Tree


def decide(tree: Tree) -> bool:
    """Let conditional events happen and inclusive joins fire; whether tokens may have begun to move."""
    if tree.dirty:
        tree.dirty = False
        if _conditionals(tree):
            return True
    if tree.undecided and _joins(tree):
        return True
    _report_stuck(tree)
    return False


def _conditionals(tree: Tree) -> bool:
    for token in list(tree.tasks.values()):
        if token.wait == "conditional" and not token.is_finished and _became_true(tree, token):
            tree.dirty = True
            catching.trigger(token, {})
            return True
    return False


def _became_true(tree: Tree, token: Token) -> bool:
    # A non-interrupting event happens when its condition turns true, not as long as it is true.
    before = token.internal_data.get("true", False)
    try:
        now = expressions.condition(token, token.task_spec.element.event.condition)
    except Failure:
        # As in Camunda 8: a condition over what is not there yet does not hold.
        now = False
    token.internal_data["true"] = now
    return now and not before


def _joins(tree: Tree) -> bool:
    waiting = [
        token
        for token in tree.tasks.values()
        if isinstance(token.task_spec, gateways.InclusiveGateway) and token.has_state(TaskState.WAITING)
    ]
    tree.undecided = bool(waiting)
    return any(token.task_spec.decide(token.home) for token in waiting)


def _report_stuck(tree: Tree) -> None:
    """An incident where all that is left of a scope waits at joins: no other token can ever come."""
    for scope in {token.home.id: token.home for token in tree.tasks.values() if _is_held(token)}.values():
        inside = [token for token in scope.inner.values() if not token.attached]
        if all(_is_held(token) for token in inside) and not any(_has_incident(token) for token in inside):
            failure = Failure("Part of what it waits for here can no longer be finished.")
            tree.fail(inside[0], failure, "enter")


def _is_held(token: Token) -> bool:
    return isinstance(token.task_spec, gateways.Joining) and token.has_state(TaskState.WAITING)


def _has_incident(token: Token) -> bool:
    return "incident" in token.internal_data
