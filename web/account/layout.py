"""What every page of a signed-in person needs around its content: rail, counts, person, theme."""

from __future__ import annotations

from typing import Any

import flask
import flask_login

from engine.people import actors
from engine.queries.inbox import inbox, notices
from web.account import auth
from web.frame import navigation, storage

THEMES = ("auto", "light", "dark")


def install(app: flask.Flask) -> None:
    """Hands the shell's values to all templates."""
    app.context_processor(_shell)
    app.jinja_env.globals.update(page_title=navigation.title, is_current=navigation.is_current, way_back=navigation.way_back)
    app.before_request(navigation.remember_list)


def _shell() -> dict[str, Any]:
    """Values for layout.html; a page of nobody (sign-in, a lost database) gets none of a person's."""
    actor = _reader()
    if actor is None:
        return {"actor": None, "rail": [], "theme": "auto"}
    shell = {"actor": actor, "rail": navigation.entries(actor), "theme": actor.theme or "auto"}
    return {**shell, "badges": lambda: _badges(actor)}


def _badges(actor: actors.Actor) -> tuple[int, int] | None:
    """How many tasks wait and how many notices are unread; None on a page about an error, which asks for them later."""
    if "error" in flask.g:
        return None
    with storage.reading() as session:
        return inbox.count(session, actor), notices.unread(session, actor, now=storage.now())


def _reader() -> actors.Actor | None:
    """Whose page this is; a page about an error asks no database for it."""
    if flask.g.get("error", 0) >= 500:
        return None
    if "error" in flask.g or not flask_login.current_user.is_authenticated:
        return auth.recognised()
    return auth.current_actor()
