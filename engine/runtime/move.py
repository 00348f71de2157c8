"""Moving tokens by hand: return, jump, migrate. The region left is cancelled; a fresh token starts at the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from SpiffWorkflow.util.task import TaskState

from engine import errors
from engine.runtime import graph
from engine.runtime.checking import soundness
from engine.runtime.nodes.containers import Scope
from engine.runtime.program import Element, Program
from engine.runtime.tokens import Failure, Token, Trail, Tree, before


def region(tree: Tree, visit: tuple[str, str]) -> list[Token]:
    """The live tokens that have come from this visit of a human step: what is undone by going back to it."""
    return [token for token in _live(tree) if visit in token.trail]


def everything(tree: Tree) -> list[Token]:
    """All that goes on in the process itself: what is undone by going back to its beginning."""
    return [token for token in _live(tree) if token.outer is tree.root]


def _live(tree: Tree) -> Iterator[Token]:
    return (token for token in tree.tasks.values() if token.outer is not None and not token.attached and not token.is_finished)


def aims(tree: Tree, program: Program, token: Token) -> dict[str, list[str]]:
    """Where a token may be moved by hand, with the ids of the tokens that move with it."""
    own = token.home if token.attached else token
    branch = graph.branch_of(program, own.task_spec.element.id) if own is not tree.root else set()
    whole = [each.id for each in everything(tree)]
    targets: dict[str, list[str]] = {}
    for element in program.elements.values():
        if not _is_stop(element):
            continue
        if element.id in branch:
            targets[element.id] = [own.id]
        elif _stands_alone(program, element):
            targets[element.id] = whole
    return targets


def _is_stop(element: Element) -> bool:
    is_activity = element.type.endswith("Task") or element.type in ("task", "callActivity", "subProcess", "transaction")
    return is_activity and not element.event_subprocess and not element.for_compensation


def _stands_alone(program: Program, element: Element) -> bool:
    """Whether one token may go on from the element with nothing beside it, in its own scope and in those around."""
    place: Element | None = element
    while place is not None:
        around = program.elements[place.parent] if place.parent is not None else None
        is_open = around is None or (
            around.multi_instance is None and not around.event_subprocess and around.type != "adHocSubProcess"
        )
        if not is_open or not soundness.may_stand(program, place):
            return False
        place = around
    return True


def move(tree: Tree, program: Program, tokens: Iterable[Token], target: str) -> Token:
    """Cancel the tokens, with all that hangs on them, and put a fresh one at the target, which is given.

    An attached wait stands for what it is attached to: an activity, or an event-based gateway.
    Subprocesses that are left empty are cancelled, those the target lies in are opened (without their
    start event). The none start event of the process asks whoever began it, as a user task does. Its trail is
    what those of the moved tokens have in common, up to the target. Raises `errors.Invalid` when the target is not a
    place where a token can start.
    """
    moved = [token.home if token.attached else token for token in tokens]
    if tree.root in moved:
        raise errors.Invalid("The process as a whole cannot be moved.")
    element = program.elements.get(target)
    if element is None or not _may_start(element):
        raise errors.Invalid("No token can be moved to %(id)s.", id=target)
    trails = [token.trail for token in moved]
    homes = _cancelled(moved)
    home = _home(tree, program, element.parent, homes)
    token = tree.arrive(tree.spec.node(target), home)
    if element.type == "startEvent":
        token.internal_data["asks"] = True
    else:
        token.trail = before(_common(trails), target)
    token.task_spec._update(token)
    for left in homes:
        _cancel_empty(left)
    return token


def go_straight(tree: Tree, token: Token, target: str, trail: Trail) -> None:
    """End a token whose work is done, and go on at the target in the same scope instead of behind it. Raises `Failure`."""
    token.task_spec.map_outputs(token)
    fresh = tree.arrive(tree.spec.node(target), token.home)
    fresh.trail = trail
    token.taken = ()
    token.complete()
    fresh.task_spec._update(fresh)


def _may_start(element: Element) -> bool:
    if element.type == "startEvent":
        return element.parent is None and (element.event is None or element.event.kind == "none")
    return element.type != "boundaryEvent" and not element.event_subprocess


def _common(trails: list[Trail]) -> Trail:
    first, *others = trails or [()]
    return tuple(visit for visit in first if all(visit in other for other in others))


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
