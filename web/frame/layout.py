"""What every page of a signed-in person needs around its content: rail, counts, person, theme."""

from __future__ import annotations

from typing import Any

import flask
import flask_login

from web.frame import navigation

THEMES = ("auto", "light", "dark")


def install(app: flask.Flask) -> None:
    """Hands the shell's values to all templates."""
    app.context_processor(_shell)
    app.jinja_env.globals.update(page_title=navigation.title, is_current=navigation.is_current)


def _shell() -> dict[str, Any]:
    """Values for layout.html; a page of nobody (sign-in, error) gets none of a person's."""
    if flask.g.get("bare") or not flask_login.current_user.is_authenticated:
        return {"actor": None, "rail": [], "theme": "auto"}
    actor = flask_login.current_user.actor
    return {"actor": actor, "rail": navigation.entries(actor), "theme": actor.theme or "auto"}
