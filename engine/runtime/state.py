"""A run's live state as a small JSON value: the tokens and their variables, nothing of the spec."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.runtime.effects import Host
from engine.runtime.nodes.base import ProcessSpec
from engine.runtime.tokens import Token, Tree

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
    return {"v": 1, "last": tree.last_id, "ended": tree.ended, "tokens": [_dumped(t) for t in tree.tasks.values()]}


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
    tree.undecided = True
    tree.completed = tree.root.is_finished
    return tree


def _loaded(tree: Tree, spec: ProcessSpec, row: dict[str, Any]) -> Token:
    home = tree.tasks.get(row.get("in"))
    parent = tree.tasks.get(row["after"]) if "after" in row else home
    token = Token(tree, spec.task_specs[row["at"]], parent, home, _LETTERS[row["s"]], row["id"])
    token.attached = row.get("attached", False)
    token.flow = row.get("flow")
    token.data = dict(row.get("vars", {}))
    token.internal_data = dict(row.get("own", {}))
    return token
