"""What the pages of the designer read from a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask

from engine import errors
from engine.designing.editing import form_saves

AS_CARDS = "as_cards"  # in the session: the draft that the person looks at as cards
NO_DRAFT = "What was sent is no draft."


def remember_cards(key: int) -> None:
    """Notes that a draft is looked at as cards, so that other pages lead back there."""
    flask.session[AS_CARDS] = key


def remember_diagram(key: int) -> None:
    """Notes that a draft is looked at as a diagram."""
    if flask.session.get(AS_CARDS) == key:
        flask.session.pop(AS_CARDS)


def drawing_board(key: int) -> str:
    """The address of the view of a draft that the person was in last: its cards, else its diagram."""
    view = "simple_view.show" if flask.session.get(AS_CARDS) == key else "designer.edit"
    return flask.url_for(view, key=key)


def number(name: str) -> int:
    """A whole number that a form sent. Raises Invalid."""
    value = flask.request.form.get(name, type=int)
    if value is None:
        raise errors.Invalid(NO_DRAFT)
    return value


def revision() -> int:
    """The save from which a form was filled in; nought, which is none, where it says nothing."""
    return flask.request.form.get("revision", 0, type=int)


def save() -> tuple[int, dict[str, str | None], dict[str, Any] | None]:
    """What an editor sent: the revision it began from, changed files, changed settings. Raises Invalid."""
    body = flask.request.get_json(silent=True)
    if not isinstance(body, Mapping) or not isinstance(body.get("revision"), int):
        raise errors.Invalid(NO_DRAFT)
    files, settings = body.get("files", {}), body.get("settings")
    if not isinstance(files, dict) or not all(text is None or isinstance(text, str) for text in files.values()):
        raise errors.Invalid(NO_DRAFT)
    if settings is not None and not (isinstance(settings, dict) and all(isinstance(each, dict) for each in settings.values())):
        raise errors.Invalid(NO_DRAFT)
    return body["revision"], files, settings


def decided() -> form_saves.Decided:
    """What an editor says of fields that are used: the paths of those that may go, the new keys of those to be renamed. Raises Invalid."""
    body = flask.request.get_json(silent=True)
    body = body if isinstance(body, Mapping) else {}
    despite, renamed = body.get("despite", []), body.get("renamed", {})
    if not isinstance(despite, list) or not isinstance(renamed, dict):
        raise errors.Invalid(NO_DRAFT)
    if not all(isinstance(each, str) for each in (*despite, *renamed, *renamed.values())):
        raise errors.Invalid(NO_DRAFT)
    return form_saves.Decided(despite, renamed)
