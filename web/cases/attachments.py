"""Files: handed in for a form, downloaded by whoever may see their case."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.files import attachments, file_types
from web.account import auth
from web.frame import addresses, i18n, storage
from web.frame.files import foreign_files, naming

blueprint = flask.Blueprint("attachments", __name__)
# Of a PDF: nothing is loaded, sent or framed. A browser's viewer, which is not the page, does not start within a sandbox.
PAPER = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"


@blueprint.post("/attachments")
def upload() -> Any:
    """Takes one file for a form's field and answers its key, name and size; the form then sends only the key."""
    file = flask.request.files.get("file")
    if file is None or not file.filename:
        return {"detail": _("Please choose a file.")}, 422
    instance_key = addresses.key("instance")
    field = flask.request.form.get("field", "")
    try:
        with storage.transaction() as session:
            by = auth.current_actor()
            stored = attachments.store(session, by, instance_key, field, file.filename, file.stream, now=storage.now())
            attachments.require_new(session, by, stored, flask.request.form.getlist("beside"))
            answer = {"key": str(stored.key), "name": stored.name, "size": stored.size, "type": stored.media_type}
    except errors.Invalid as refusal:
        return {"detail": i18n.worded(refusal)}, 422
    return answer, 201


@blueprint.get("/attachments/<int:key>/look")
def look(key: int) -> Any:
    """A picture or a PDF shown by the browser, which runs nothing of it; the content decides, not the name. Else it is saved."""
    with storage.transaction() as session:
        opened = attachments.download(session, auth.current_actor(), key, now=storage.now())
    with open(opened.path, "rb") as file:
        kind = file_types.shown_as(file.read(16))
    if not kind:
        return flask.redirect(flask.url_for("attachments.download", key=key))
    response = flask.send_file(opened.path, mimetype=kind)
    named = naming.disposition(opened.name).replace("attachment", "inline", 1)
    policy = PAPER if kind == "application/pdf" else foreign_files.POLICY
    response.headers.update(
        {"Content-Disposition": named, "Content-Security-Policy": policy, "Cache-Control": "private, no-store"}
    )
    return response


@blueprint.get("/attachments/<int:key>")
def download(key: int) -> flask.Response:
    """The file as it was handed in, always saved and never shown, so that nothing in it can act on our pages."""
    with storage.transaction() as session:
        opened = attachments.download(session, auth.current_actor(), key, now=storage.now())
    response = naming.attached(flask.send_file(opened.path, mimetype="application/octet-stream"), opened.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
