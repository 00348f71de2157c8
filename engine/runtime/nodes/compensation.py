"""Compensation: undoing completed activities of a scope by their handlers, last first (BPMN 13.5.5)."""

from __future__ import annotations

from engine.runtime.tokens import Token, Tree


def remember(token: Token) -> None:
    """Note that an activity completed and can be undone; a subprocess hands on what it held."""
    element = token.task_spec.element
    done = token.internal_data.get("compensable", [])
    if element.compensated_by:
        done = [element.id]
    if done and token.outer is not None:
        held = token.home.internal_data.get("compensable", [])
        token.home.internal_data["compensable"] = held + done


def start(token: Token, scope: Token, activity: str | None) -> bool:
    """Run the handlers of the scope's completed activities, or of one; True when there is nothing to undo.

    Otherwise `token` rests until all handlers are through.
    """
    held: list[str] = scope.internal_data.get("compensable", [])
    due = [done for done in reversed(held) if activity in (None, done)]
    if not due:
        return True
    scope.internal_data["compensable"] = [done for done in held if done not in due]
    token.internal_data["undo"] = due
    _next(token)
    return False


def handled(handler: Token) -> None:
    """A handler is through: run the next one, or let the throwing token go on."""
    tree: Tree = handler.workflow
    token: Token | None = tree.tasks.get(handler.internal_data.get("compensates"))
    if token is None:
        return
    if token.internal_data["undo"]:
        _next(token)
    else:
        token.task_spec.finish(token)


def _next(token: Token) -> None:
    tree: Tree = token.workflow
    process = token.task_spec.process
    done, *token.internal_data["undo"] = token.internal_data["undo"]
    handler = tree.arrive(process.node(process.program.elements[done].compensated_by), token.home)
    handler.internal_data["compensates"] = token.id
    handler.task_spec._update(handler)
