"""User tasks: search, one, its form, assign, unassign, complete."""

from __future__ import annotations

import secrets
from typing import Any

import flask

from engine.queries.api import api_reads, fields
from engine.verbs import kept_forms, user_tasks
from engine.verbs.signed_opinions import SentBeside
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.shapes import bodies, results, schemas
from web.frame import i18n, storage

PLAINLY = "complete"  # the action of clients of Camunda that name no outcome; a step may have one of that id


@blueprint.post("/user-tasks/search")
@blueprint.input(schemas.Search, arg_name="body")
def search_user_tasks(body: schemas.Search) -> dict[str, Any]:
    """Search user tasks."""
    with storage.reading() as session:
        return results.page(api_reads.user_tasks(session, auth.current_actor(), body.query()), results.user_task)


@blueprint.get("/user-tasks/<key>")
def get_user_task(key: str) -> dict[str, Any]:
    """One user task."""
    with storage.reading() as session:
        return results.user_task(api_reads.user_task(session, auth.current_actor(), fields.key(key)))


@blueprint.get("/user-tasks/<key>/form")
def get_user_task_form(key: str) -> dict[str, Any] | tuple[str, int]:
    """The form of a user task, in the language of `Accept-Language` where the process has it; 204 when it has none."""
    wanted = flask.request.accept_languages
    language = i18n.preferred(wanted.values()) if wanted else None
    with storage.reading() as session:
        row = api_reads.form(session, auth.current_actor(), fields.key(key), language)
        return results.form(row) if row else ("", 204)


@blueprint.post("/user-tasks/<key>/assignment")
@blueprint.input(schemas.TaskAssignment, arg_name="body")
def assign_user_task(key: str, body: schemas.TaskAssignment) -> tuple[str, int]:
    """Claim the task (for oneself), or give it to somebody (managers of the process)."""
    actor = auth.current_actor()
    with storage.transaction() as session:
        user_tasks.give(
            session,
            actor,
            fields.key(key),
            body.assignee,
            body.action or "API",
            is_override_allowed=body.allowOverride is not False,
            now=storage.now(),
        )
    return "", 204


@blueprint.delete("/user-tasks/<key>/assignee")
def unassign_user_task(key: str) -> tuple[str, int]:
    """Give a claimed task back to its group; by whoever holds it, and managers of the process."""
    with storage.transaction() as session:
        user_tasks.unclaim(session, auth.current_actor(), fields.key(key), now=storage.now())
    return "", 204


@blueprint.post("/user-tasks/<key>/completion")
@blueprint.input(schemas.TaskCompletion, arg_name="body")
def complete_user_task(key: str, body: schemas.TaskCompletion) -> tuple[str, int]:
    """Complete the task with the fields of its form; `action` names the outcome."""
    action = body.action or "submit"
    with storage.transaction() as session:
        user_tasks.complete(
            session,
            auth.current_actor(),
            fields.key(key),
            bodies.of_form(body.variables or {}),
            outcome=action,
            otherwise="submit" if action == PLAINLY else None,
            opinion=body.opinion or "",
            beside=_beside(body),
            window=None if body.draftVersion is None else kept_forms.Window(secrets.token_hex(8), body.draftVersion),
            now=storage.now(),
        )
    return "", 204


def _beside(body: schemas.TaskCompletion) -> SentBeside:
    signature = body.signature or schemas.SignatureGiven()
    return SentBeside(signature.strokes, signature.kept, tuple(body.opinionFiles))
