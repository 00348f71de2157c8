"""The forms and decisions of a draft: listed, opened from the diagram, begun, taken away."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine.designing.editing import draft_files, form_saves
from engine.queries.designer import drawing_page
from web.account import auth
from web.designer import requests
from web.designer.wording import use_words
from web.designer.wording.placing import EDITORS
from web.frame import flashes, i18n, storage

blueprint = flask.Blueprint("draft_files", __name__)


@blueprint.get("/designer/<int:key>/files")
def index(key: int) -> str:
    """The forms and decisions of the draft."""
    return _listed(key, None, "")


@blueprint.post("/designer/<int:key>/files")
def open_one(key: int) -> Any:
    """Opens the form or decision of an id: the draft's, the published one, or a new one."""
    kind, id, title = (flask.request.form.get(name, "").strip() for name in ("kind", "id", "title"))
    with storage.transaction() as session:
        given, now = (kind, id, title), storage.now()
        name = draft_files.opened(session, auth.current_actor(), key, *given, language=i18n.language(), now=now)
    return flask.redirect(flask.url_for(EDITORS[kind], key=key, name=name, decision=id if kind == "dmn" else None), 303)


@blueprint.post("/designer/<int:key>/files/<name>/away")
def take_away(key: int, name: str) -> Any:
    """Takes a form or decision out of the draft; where it is used that is told, and asked again."""
    is_sure = flask.request.form.get("sure") == "1"
    try:
        with storage.transaction() as session:
            by, revision = auth.current_actor(), requests.number("revision")
            form_saves.take_away(session, by, key, name, revision, is_sure=is_sure, now=storage.now())
    except form_saves.StillUsed as used:
        return _listed(key, used, name), 409
    flashes.say(_("“%(name)s” is out of the draft. An earlier save brings it back.", name=name))
    return flask.redirect(flask.url_for("draft_files.index", key=key), 303)


def _listed(key: int, used: form_saves.StillUsed | None, name: str) -> str:
    """The list; `used` says where the file `name`, which somebody is about to take out, is used."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    files = draft_files.listed(drawing.files, drawing.settings)
    values: dict[str, Any] = {"used": None}
    if used is not None:
        called = next((each.title for each in files if each.name == name), name)
        shown_by = use_words.places(key, used.shown_by)
        values = {"used": name, "called": called, "losses": use_words.losses(key, used), "shown_by": shown_by}
    title = _("Forms and decisions of %(name)s", name=drawing.name)
    return flask.render_template("designer/files.html", title=title, drawing=drawing, files=files, editors=EDITORS, **values)
