"""What a person sets for himself: language, theme, what opens after a task is completed."""

from __future__ import annotations

import flask
import flask_login
from werkzeug.wrappers import Response

from engine.people import preferences
from web.account import auth
from web.frame import i18n, storage

NEXT_TASK = "next_task"
INBOX = "inbox"

blueprint = flask.Blueprint("preferences", __name__)


@blueprint.post("/preferences")
def save() -> Response:
    """Stores what was chosen with the person; before signing in, a language is kept in the session."""
    form = flask.request.form
    if form.get("after_completing") in (NEXT_TASK, INBOX):
        flask.session["after_completing"] = form["after_completing"]
    if form.get("language") in i18n.LANGUAGES:
        flask.session["language"] = form["language"]
    if flask_login.current_user.is_authenticated:
        with storage.transaction() as session:
            preferences.save(session, auth.current_actor(), language=form.get("language"), theme=form.get("theme"))
    return flask.redirect(_back())


def after_completing() -> str:
    """What this person wants to see after completing a task."""
    chosen: str = flask.session.get("after_completing", NEXT_TASK)
    return chosen


def _back() -> str:
    """The page the choice was made on; only a path of this site."""
    target = flask.request.form.get("back", "/")
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
