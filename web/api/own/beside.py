"""What pages offer beside operations: half-filled forms kept, a file, a reader's note, a link taken back, the signature that one keeps."""

from __future__ import annotations

import secrets
from typing import Any

import flask

from engine.definitions.definitions import Form
from engine.files import attachments
from engine.queries.api import fields
from engine.queries.inbox import start_page, task_page
from engine.verbs import kept_forms, signed_opinions, user_tasks
from engine.verbs.running import start_drafts
from engine.verbs.sharing import copies, linking
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.shapes import bodies, schemas
from web.frame import storage

SIGNATURE = f"{PREFIX}/signature"
DRAFT = f"{PREFIX}/user-tasks/<key>/draft"
START_DRAFT = f"{PREFIX}/drafts/<key>"


@blueprint.get(DRAFT)
def get_draft(key: str) -> dict[str, Any]:
    """What one has saved of a task's form, with the version to send when it is saved again."""
    with storage.reading() as session:
        draft = task_page.draft(session, auth.current_actor(), fields.key(key))
    variables, opinion = kept_forms.told(draft)
    return {"variables": variables, "opinion": opinion, "version": kept_forms.mark(draft)}


@blueprint.put(DRAFT)
@blueprint.input(schemas.DraftSaved, arg_name="body")
def save_draft(key: str, body: schemas.DraftSaved) -> dict[str, Any]:
    """Save a form as far as it is filled in, unchecked; 409 where it was saved elsewhere since the version that is sent."""
    asked = bodies.of_form(body.variables or {})

    def typed(form: Form | None) -> dict[str, Any]:
        return {**asked(form), kept_forms.OPINION: body.opinion}

    window = kept_forms.Window(secrets.token_hex(8), body.version)
    with storage.transaction() as session:
        made = user_tasks.save_draft(session, auth.current_actor(), fields.key(key), typed, window=window, now=storage.now())
    return {"version": made}


@blueprint.delete(DRAFT)
def forget_draft(key: str) -> tuple[str, int]:
    """Throw away the copy of what one typed into a task and could not send."""
    with storage.transaction() as session:
        kept_forms.forget(session, auth.current_actor(), fields.key(key))
    return "", 204


@blueprint.post(f"{PREFIX}/process-definitions/<process_id>/drafts")
@blueprint.input(schemas.StartDraftSaved, arg_name="body")
def create_start_draft(process_id: str, body: schemas.StartDraftSaved) -> dict[str, Any]:
    """Keep a start form that is begun and not sent."""
    return _kept_start(process_id, None, body)


@blueprint.get(START_DRAFT)
def get_start_draft(key: str) -> dict[str, Any]:
    """A start form that one has begun, with the version to send when it is saved again."""
    with storage.reading() as session:
        row = start_drafts.take_up(session, auth.current_actor(), fields.key(key))
        variables, _opinion = kept_forms.told(row.data)
        return {"processDefinitionId": row.process_id, "variables": variables, "version": kept_forms.mark(row.data)}


@blueprint.put(START_DRAFT)
@blueprint.input(schemas.StartDraftSaved, arg_name="body")
def save_start_draft(key: str, body: schemas.StartDraftSaved) -> dict[str, Any]:
    """Save it again; 409 where it was saved elsewhere since the version that is sent."""
    draft = fields.key(key)
    with storage.reading() as session:
        process_id = start_drafts.take_up(session, auth.current_actor(), draft).process_id
    return _kept_start(process_id, draft, body)


@blueprint.delete(START_DRAFT)
def discard_start_draft(key: str) -> tuple[str, int]:
    """Throw it away."""
    with storage.transaction() as session:
        start_drafts.discard(session, auth.current_actor(), fields.key(key))
    return "", 204


def _kept_start(process_id: str, draft: int | None, body: schemas.StartDraftSaved) -> dict[str, Any]:
    window = kept_forms.Window(secrets.token_hex(8), body.version)
    with storage.transaction() as session:
        by, now = auth.current_actor(), storage.now()
        if draft is not None:
            start_drafts.take_up(session, by, draft)  # one that is gone is not begun anew
        form = start_page.form(session, by, process_id, None, now=now).definition.start_form
        data = bodies.of_form(body.variables or {})(form)
        key = start_drafts.save(session, by, process_id, data, key=draft, window=window, now=now)
        return {"key": str(key), "version": kept_forms.mark(start_drafts.kept(session, by, key))}


@blueprint.post(f"{PREFIX}/process-instances/<key>/remark")
@blueprint.input(schemas.Operation, arg_name="body")
def remark_on_copy(key: str, body: schemas.Operation) -> tuple[str, int]:
    """Say something to a case that one got a copy of."""
    with storage.transaction() as session:
        copies.remark(session, auth.current_actor(), fields.key(key), body.text, now=storage.now())
    return "", 204


@blueprint.delete(f"{PREFIX}/process-instances/<key>/links/<other>")
def unlink_process_instances(key: str, other: str) -> tuple[str, int]:
    """Take back a link between two cases that was made by hand."""
    with storage.transaction() as session:
        linking.unlink(session, auth.current_actor(), fields.key(key), fields.key(other), now=storage.now())
    return "", 204


@blueprint.post(f"{PREFIX}/files")
def upload_file() -> dict[str, Any]:
    """Hand a file in, as part `file` of a multipart form; its key then goes with a form's field, an opinion or a remark."""
    for name in flask.request.files.keys() - {"file"} | flask.request.form.keys():
        raise bodies.refused(bodies.UNKNOWN, name, known="file")
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        raise bodies.refused("Send a file as “file”.", "file")
    with storage.transaction() as session:
        by = auth.current_actor()
        stored = attachments.store(session, by, None, "", file.filename, file.stream, now=storage.now())
        return attachments.as_value(stored)


@blueprint.get(SIGNATURE)
def get_signature() -> dict[str, Any] | tuple[str, int]:
    """The signature that one keeps; 204 where there is none."""
    with storage.reading() as session:
        signature = signed_opinions.kept(session, auth.current_actor())
        return {"strokes": signature.strokes, "drawnAt": signature.drawn_at.isoformat()} if signature else ("", 204)


@blueprint.put(SIGNATURE)
@blueprint.input(schemas.SignatureKept, arg_name="body")
def keep_signature(body: schemas.SignatureKept) -> tuple[str, int]:
    """Keep a signature in place of the one before, to be given with decisions."""
    with storage.transaction() as session:
        signed_opinions.keep_own(session, auth.current_actor(), body.strokes, now=storage.now())
    return "", 204


@blueprint.delete(SIGNATURE)
def forget_signature() -> tuple[str, int]:
    """Remove it; what was signed with it stays as it is."""
    with storage.transaction() as session:
        signed_opinions.forget_own(session, auth.current_actor())
    return "", 204
