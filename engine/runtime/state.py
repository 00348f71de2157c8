"""A run's live state as a small JSON value: the tokens and their variables, nothing of the spec."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.runtime import graph
from engine.runtime.effects import Host
from engine.runtime.nodes.base import ProcessSpec
from engine.runtime.tokens import Token, Tree

VERSION, TRAILS = 2, 2  # of what is stored; since when tokens know their trails
UNKNOWN = ""  # the visit of a human step of before
# One letter per state, so that the stored text stays short.
_LETTERS = {
    "F": TaskState.FUTURE,
    "W": TaskState.WAITING,
    "R": TaskState.READY,
    "S": TaskState.STARTED,
    "C": TaskState.COMPLETED,
    "E": TaskState.ERROR,
    "X": TaskState.CANCELLED,
}
_NAMES = {value: letter for letter, value in _LETTERS.items()}


def dump(tree: Tree) -> dict[str, Any]:
    """The state: `next` token id, `ended` end events, and `tokens`, the enclosing ones first."""
    return {"v": VERSION, "last": tree.last_id, "ended": list(tree.ended), "tokens": [_dumped(t) for t in tree.tasks.values()]}


def _dumped(token: Token) -> dict[str, Any]:
    row: dict[str, Any] = {"id": token.id, "at": token.task_spec.name, "s": _NAMES[token.state]}
    if token.outer is not None:
        row["in"] = token.outer.id
    if token._parent != row.get("in"):
        row["after"] = token._parent
    if token.attached:
        row["attached"] = True
    if token.flow:
        row["flow"] = token.flow
    if token.trail != (token.outer.trail if token.outer is not None else ()):
        row["trail"] = [list(visit) for visit in token.trail]
    if token.data:
        row["vars"] = dict(token.data)
    if token.internal_data:
        row["own"] = dict(token.internal_data)
    return row


def load_tree(spec: ProcessSpec, state: dict[str, Any], host: Host, *, prune: bool = True) -> Tree:
    """The tree of a dumped state."""
    tree = Tree(spec, host, prune=prune)
    tree.last_id = state["last"]
    tree.ended = list(state["ended"])
    for row in state["tokens"]:
        token = _loaded(tree, spec, row)
        if token.outer is None:
            tree.task_tree = token
    if state["v"] < TRAILS:
        _lay_trails(tree, spec)
    tree.undecided = True
    tree.completed = tree.root.is_finished
    return tree


def _lay_trails(tree: Tree, spec: ProcessSpec) -> None:
    """Trails for a state of before there were any: the human steps that every way to a token has passed, visited we know not when."""
    for token in tree.tasks.values():
        if token.outer is None:
            continue
        passed = reversed(graph.dominators(spec.program, token.task_spec.element.id))
        steps = (each for each in passed if spec.program.elements[each].type == "userTask")
        token.trail = (*token.home.trail, *((element, UNKNOWN) for element in steps))


def _loaded(tree: Tree, spec: ProcessSpec, row: dict[str, Any]) -> Token:
    home = tree.tasks.get(row.get("in"))
    parent = tree.tasks.get(row["after"]) if "after" in row else home
    token = Token(tree, spec.task_specs[row["at"]], parent, home, _LETTERS[row["s"]], row["id"])
    token.attached = row.get("attached", False)
    token.flow = row.get("flow")
    token.trail = tuple((element, visit) for element, visit in row["trail"]) if "trail" in row else home.trail if home else ()
    token.data = dict(row.get("vars", {}))
    token.internal_data = dict(row.get("own", {}))
    return token
