"""Files: handed in for a form, downloaded by whoever may see their case."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.files import attachments
from web.account import auth
from web.frame import addresses, i18n, storage
from web.frame.files import naming

blueprint = flask.Blueprint("attachments", __name__)


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
            answer = {"key": str(stored.key), "name": stored.name, "size": stored.size, "type": stored.media_type}
    except errors.Invalid as refusal:
        return {"detail": i18n.worded(refusal)}, 422
    return answer, 201


@blueprint.get("/attachments/<int:key>")
def download(key: int) -> flask.Response:
    """The file as it was handed in, always saved and never shown, so that nothing in it can act on our pages."""
    with storage.transaction() as session:
        opened = attachments.download(session, auth.current_actor(), key, now=storage.now())
    response = naming.attached(flask.send_file(opened.path, mimetype="application/octet-stream"), opened.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
