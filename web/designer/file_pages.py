"""The forms and decisions of a draft: listed, opened from the diagram, begun, taken away."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine.designing.editing import draft_files
from engine.queries.designer import drawing_page
from web.account import auth
from web.designer import requests
from web.designer.wording.placing import EDITORS
from web.frame import flashes, storage

blueprint = flask.Blueprint("draft_files", __name__)


@blueprint.get("/designer/<int:key>/files")
def index(key: int) -> str:
    """The forms and decisions of the draft."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    title = _("Forms and decisions of %(name)s", name=drawing.name)
    files = draft_files.listed(drawing.files)
    return flask.render_template("designer/files.html", title=title, drawing=drawing, files=files, editors=EDITORS)


@blueprint.post("/designer/<int:key>/files")
def open_one(key: int) -> Any:
    """Opens the form or decision of an id: the draft's, the published one, or a new one."""
    kind, id, title = (flask.request.form.get(name, "").strip() for name in ("kind", "id", "title"))
    with storage.transaction() as session:
        name = draft_files.opened(session, auth.current_actor(), key, kind, id, title, now=storage.now())
    return flask.redirect(flask.url_for(EDITORS[kind], key=key, name=name, decision=id if kind == "dmn" else None), 303)


@blueprint.post("/designer/<int:key>/files/<name>/away")
def take_away(key: int, name: str) -> Any:
    """Takes a form or decision out of the draft."""
    with storage.transaction() as session:
        revision = requests.number("revision")
        draft_files.taken_away(session, auth.current_actor(), key, name, revision, now=storage.now())
    flashes.say(_("“%(name)s” is out of the draft. An earlier save brings it back.", name=name))
    return flask.redirect(flask.url_for("draft_files.index", key=key), 303)
