"""The simple view of a draft: cards one below the other, each edit a form of its own, the drawer of one card beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.designing import drafts
from engine.designing.simple import board as boards
from engine.designing.simple import editing, saving
from engine.designing.simple import people as deciding
from engine.designing.simple.board import Board
from engine.queries.designer import simple_page
from web.account import auth
from web.designer import requests
from web.designer.simple import fields, wording
from web.designer.wording import change_words, placing
from web.frame import storage

blueprint = flask.Blueprint("simple_view", __name__)
Act = Callable[[Board], str]


@blueprint.get("/designer/<int:key>/simple")
def show(key: int) -> str:
    """The cards, with the drawer of the one that is open."""
    return _shown(key)


@blueprint.post("/designer/<int:key>/simple/cards")
def insert(key: int) -> Any:
    """Puts a new card between two others, and opens it."""
    kind, spot = (flask.request.form.get(each, "") for each in ("kind", "spot"))
    if kind == "end":
        return _edited(key, lambda at: editing.end_here(at, spot, _("End of the case")))
    return _edited(key, lambda at: editing.insert(at, spot, kind, wording.names(kind)))


@blueprint.post("/designer/<int:key>/simple/changes")
def change(key: int) -> Any:
    """Moves, copies or takes away a card or branch, adds a branch, or lays the diagram out anew."""
    act = _ACTS.get(flask.request.form.get("act", ""))
    if act is None:
        raise errors.Invalid(requests.NO_DRAFT, fields=None)
    return _edited(key, act)


@blueprint.post("/designer/<int:key>/simple/settings")
def settle(key: int) -> Any:
    """Keeps the settings of one card or branch."""
    id, form = flask.request.form.get("id", ""), flask.request.form

    def act(at: Board) -> str:
        element = at.sheet.graph.nodes.get(id, at.sheet.graph.flows.get(id))
        if element is None:
            raise errors.NotFound(boards.GONE)
        return editing.write(at, id, fields.given(element, form))

    return _edited(key, act)


@blueprint.post("/designer/<int:key>/simple/undo")
def undo(key: int) -> Any:
    """Goes to the save before, or back to the one after it."""
    to, top = requests.number("to"), requests.number("top")
    with storage.transaction() as session:
        drafts.go_back(session, auth.current_actor(), key, requests.number("revision"), to, now=storage.now())
    return flask.redirect(flask.url_for("simple_view.show", key=key, at=to, top=top), 303)


def _edited(key: int, act: Act) -> Any:
    """Runs an edit; where a colleague has saved meanwhile, says what he changed and offers to do it to his version."""
    try:
        with storage.transaction() as session:
            revision = requests.number("revision")
            id = saving.edit(session, auth.current_actor(), key, revision, act, now=storage.now())
    except drafts.Stale as stale:
        return _shown(key, stale=stale), 409
    except errors.Invalid as refusal:
        return _shown(key, refusal=refusal), 422
    anchor = f"card-{id}" if id else None
    return flask.redirect(flask.url_for("simple_view.show", key=key, open=id or None, _anchor=anchor), 303)


def _shown(key: int, *, stale: drafts.Stale | None = None, refusal: errors.Refusal | None = None) -> str:
    at, top = (flask.request.args.get(name, type=int) for name in ("at", "top"))
    open_ = flask.request.values.get("open", flask.request.form.get("id", ""))
    with storage.reading() as session:
        by = auth.current_actor()
        page = simple_page.page(session, by, key, at, top, now=storage.now())
        since = simple_page.since(session, by, key, requests.number("revision")) if stale is not None else []
    element = page.element(open_)
    values = {
        "drawing": page.drawing,
        "page": page,
        "cards": page.board.cards if page.board is not None else None,
        "open": open_ if element is not None else "",
        "drawer": None if element is None else fields.drawer(element, is_default=_is_default(page, open_)),
        "stale": stale,
        "changes": change_words.worded(since),
        "again": [pair for pair in flask.request.form.items(multi=True) if pair[0] not in ("csrf_token", "revision")],
        "refusal": refusal,
        "top": top or page.drawing.revision,
        "placed": {
            id: placing.placed(key, page.drawing.files, found, page.drawing.diagram) for id, found in page.problems.items()
        },
        "fields": fields,
        "words": wording,
        "who_kinds": deciding.KINDS,
    }
    return flask.render_template("designer/simple/show.html", title=page.drawing.name, **values)


def _is_default(page: simple_page.SimplePage, id: str) -> bool:
    branches = page.board.cards.branches if page.board is not None else ()
    return any(each.flow == id and each.is_default for each in branches)


def _up(board: Board, id: str) -> str:
    """Puts a card before the one before it."""
    before = board.neighbour(board.card(id), -1)
    return editing.move(board, id, before.spot.id)


def _down(board: Board, id: str) -> str:
    """Puts a card behind the one behind it."""
    after = board.neighbour(board.card(id), 1)
    return editing.move(board, id, board.behind(after).id)


def _form(name: str) -> str:
    return flask.request.form.get(name, "")


_ACTS: dict[str, Act] = {
    "delete": lambda at: editing.delete(at, _form("id")),
    "copy": lambda at: editing.copy(at, _form("id")),
    "move": lambda at: editing.move(at, _form("id"), _form("spot")),
    "up": lambda at: _up(at, _form("id")),
    "down": lambda at: _down(at, _form("id")),
    "branch": lambda at: editing.add_branch(at, _form("id"), _("Another case")),
    "delete_branch": lambda at: editing.delete_branch(at, _form("id")),
    "lay_out": boards.laid_out,
}
