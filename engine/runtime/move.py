"""Moving tokens by hand: return, jump, migrate. The region left is cancelled; a fresh token starts at the target."""

from __future__ import annotations

from collections.abc import Iterable

from SpiffWorkflow.util.task import TaskState

from engine import errors
from engine.runtime import graph
from engine.runtime.nodes.containers import Scope
from engine.runtime.program import Element, Program
from engine.runtime.tokens import Failure, Token, Tree


def targets(program: Program, element_id: str) -> list[str]:
    """Where a token at the element may be sent back to: activities that every path to it has passed.

    The nearest first, those outside the element's subprocess after those inside. A step inside a parallel
    block that has been joined since is no target: its siblings would run twice.
    """
    found: list[str] = []
    place: str | None = element_id
    while place is not None:
        found += [other for other in graph.dominators(program, place) if _is_stop(program.elements[other])]
        place = program.elements[place].parent
    return found


def _is_stop(element: Element) -> bool:
    return element.type.endswith("Task") or element.type in ("task", "callActivity")


def region(tree: Tree, program: Program, target: str) -> list[str]:
    """The tokens that stand behind `target`: what has come through it and is undone by going back there."""
    scope = program.elements[target].parent
    return [
        token.id
        for token in tree.tasks.values()
        if token.outer is not None
        and not token.attached
        and not token.is_finished
        and token.task_spec.element.parent == scope
        and target in (token.task_spec.element.id, *graph.dominators(program, token.task_spec.element.id))
    ]


def move(tree: Tree, program: Program, tokens: Iterable[Token], target: str) -> None:
    """Cancel the tokens, with all that hangs on them, and put a fresh one at the target.

    An attached wait stands for what it is attached to: an activity, or an event-based gateway.
    Subprocesses that are left empty are cancelled, those the target lies in are opened (without their
    start event). Raises `errors.Invalid` when the target is not a place where a token can start.
    """
    moved = [token.home if token.attached else token for token in tokens]
    if tree.root in moved:
        raise errors.Invalid("The process as a whole cannot be moved.")
    element = program.elements.get(target)
    if element is None or element.type in ("startEvent", "boundaryEvent") or element.event_subprocess:
        raise errors.Invalid("No token can be moved to %(id)s.", id=target)
    homes = _cancelled(moved)
    home = _home(tree, program, element.parent, homes)
    token = tree.arrive(tree.spec.node(target), home)
    token.task_spec._update(token)
    for left in homes:
        _cancel_empty(left)


def _cancelled(tokens: Iterable[Token]) -> list[Token]:
    homes: list[Token] = []
    for token in tokens:
        homes.extend(token.home.chain())
        token.cancel()
    return homes


def _home(tree: Tree, program: Program, scope: str | None, near: list[Token]) -> Token:
    """The token of the scope a target lies in: one around the moved tokens, another live one, or a new one."""
    if scope is None:
        return tree.root
    for token in (*near, *tree.tasks.values()):
        if token.task_spec.element.id == scope and isinstance(token.task_spec, Scope) and not token.is_finished:
            return token
    return _opened(tree, program, scope, near)


def _opened(tree: Tree, program: Program, scope: str, near: list[Token]) -> Token:
    element = program.elements[scope]
    if element.multi_instance is not None or element.event_subprocess:
        raise errors.Invalid("A token cannot be moved into %(id)s: nothing runs there.", id=scope)
    token = tree.arrive(tree.spec.node(scope), _home(tree, program, element.parent, near))
    try:
        token.task_spec.open(token)
    except Failure as failure:
        raise errors.Invalid(failure.message, fields=None, **failure.values) from failure
    token._set_state(TaskState.STARTED)
    return token


def _cancel_empty(scope: Token) -> None:
    if scope.outer is not None and not scope.is_finished and not scope.has_work:
        scope.cancel()
