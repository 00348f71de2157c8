"""The simple view of a draft: cards one below the other, each edit a form of its own, the drawer of one card beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import flask
from flask_babel import gettext as _
from lxml import etree

from engine import errors
from engine.designing import drafts
from engine.designing.simple import board as boards
from engine.designing.simple import editing, saving
from engine.designing.simple import people as deciding
from engine.designing.simple.asking import answers
from engine.designing.simple.board import Board
from engine.designing.simple.cards import Branch, Card
from engine.designing.simple.leaving import exits
from engine.queries.designer import drawing_page, simple_page
from engine.queries.designer import standing as standings
from web.account import auth
from web.designer import requests, undoing
from web.designer.simple import fields, wording
from web.designer.wording import asked_values, change_words, panel, parts, placing
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
    return _edited(key, _ACTS.get(flask.request.form.get("act", ""), _unknown))


@blueprint.post("/designer/<int:key>/simple/settings")
def settle(key: int) -> Any:
    """Keeps the settings of one card or branch, of the first card also who may start the process.

    On top of a colleague's version only what was changed of the one that the form shows (`base`) is kept.
    """
    id, seen, given = _form("id"), _seen(key), _given(key)

    def act(at: Board) -> str:
        shown = at if seen is None else seen[0]
        element = editing.element_of(shown, id)
        values = given(shown, element)
        return editing.write(at, id, values if seen is None else editing.changed(element, values))

    starters = fields.starters(flask.request.form)
    settings = starters if seen is None else {name: each for name, each in starters.items() if each != seen[1].get(name)}
    return _edited(key, act, settings)


def _given(key: int) -> Callable[[Board, etree._Element], dict[str, str]]:
    """Reads what the form says of an element, by place, out of the words by which it calls colleagues, buttons and choices."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    form = fields.meant(flask.request.form, {each.value: each.label for each in drawing.choices["person"]})

    def read(at: Board, element: etree._Element) -> dict[str, str]:
        known = asked_values.of_all(drawing.files, answers.outcomes(at.sheet.graph))
        return fields.given(element, answers.meant(form, known))

    return read


def _seen(key: int) -> tuple[Board, Mapping[str, Any]] | None:
    """The version that a form shows which is sent on top of a newer one; None for a form of the newest."""
    if "base" not in flask.request.form:
        return None
    with storage.reading() as session:
        by, base = auth.current_actor(), requests.number("base")
        return simple_page.seen(session, by, key, base, _within() or "")


@blueprint.post("/designer/<int:key>/simple/undo")
def undo(key: int) -> Any:
    """Goes to the save before, or back to the one after it."""
    try:
        with storage.transaction() as session:
            undoing.step(session, key)
    except drafts.TakesMore as more:
        return undoing.asked(key, more), 409
    return flask.redirect(flask.url_for("simple_view.show", key=key, within=_within()), 303)


def _unknown(_at: Board) -> str:
    """What is none of the acts; said to who may draw here."""
    raise errors.Invalid(requests.NO_DRAFT, fields=None)


def _within() -> str | None:
    """The subprocess whose cards are shown; None for the process itself."""
    return flask.request.values.get("within") or None


def _edited(key: int, act: Act, settings: Mapping[str, Any] | None = None) -> Any:
    """Runs an edit; where a colleague has saved meanwhile, says what he changed and offers to do it to his version."""
    try:
        with storage.transaction() as session:
            revision = requests.number("revision")
            by, now = auth.current_actor(), storage.now()
            id = saving.edit(session, by, key, revision, act, within=_within() or "", settings=settings, now=now)
    except drafts.Stale as stale:
        return _shown(key, stale=stale), 409
    except errors.Invalid as refusal:
        return _shown(key, refusal=refusal), 422
    anchor = f"card-{id}" if id else None
    return flask.redirect(flask.url_for("simple_view.show", key=key, open=id or None, within=_within(), _anchor=anchor), 303)


def _shown(key: int, *, stale: drafts.Stale | None = None, refusal: errors.Refusal | None = None) -> str:
    open_ = flask.request.values.get("open", flask.request.form.get("id", ""))
    with storage.reading() as session:
        by = auth.current_actor()
        page = simple_page.page(session, by, key, _within() or "", now=storage.now())
        standing = standings.of_drawing(session, by, page.drawing)
        page = replace(page, drawing=replace(page.drawing, choices=panel.choices(page.drawing.choices)))
        since = simple_page.since(session, by, key, requests.number("revision")) if stale is not None else []
    requests.remember_cards(key)
    element = page.element(open_)
    drawer = None if element is None else fields.drawer(element, is_default=_is_default(page, open_), settings=_settings(page))
    if drawer is not None and refusal is not None and flask.request.form.get("id") == open_ and "act" not in flask.request.form:
        drawer = fields.typed(drawer, flask.request.form)
    if drawer is not None:
        drawer = fields.named(drawer, {each.value: each.label for each in page.drawing.choices["person"]})
    values = {
        "drawing": page.drawing,
        "standing": standing,
        "page": page,
        "cards": page.board.cards if page.board is not None else None,
        "open": open_ if element is not None else "",
        "drawer": drawer,
        "element": element,
        "stale": stale,
        "changes": change_words.worded(since),
        "again": _again(),
        "refusal": refusal,
        "placed": {
            id: placing.placed(key, page.drawing.files, problems, page.drawing.diagram)
            for id, problems in page.problems.items()
        },
        "parts": parts,
        "words": wording,
        "leads": _leads(page, element),
        "led_to": _led_to(page, open_),
        "events": [each.event for branches in _exits(page).values() for each in branches],
        "who_kinds": deciding.KINDS,
    }
    return flask.render_template("designer/simple/show.html", title=page.drawing.name, **values)


def _again() -> list[tuple[str, str]]:
    """What was sent, to be sent once more on top of the newest version, with the save that its sender has seen."""
    form = flask.request.form
    base = form.get("base", form.get("revision", ""))
    return [("base", base), *(pair for pair in form.items(multi=True) if pair[0] not in ("csrf_token", "revision", "base"))]


def _settings(page: simple_page.SimplePage) -> Mapping[str, Any] | None:
    """The settings of the process, where its first card is shown."""
    drawing = page.drawing
    return None if page.within else drawing.settings.get(drawing.process_id, {})


def _leads(page: simple_page.SimplePage, element: etree._Element | None) -> list[Card]:
    """Where a way out of a card may go on; nothing for what is none."""
    if page.board is None or element is None or not str(element.tag).endswith("boundaryEvent"):
        return []
    host = page.board.cards.card(str(element.get("attachedToRef")))
    return exits.behind(page.board, host) if host is not None else []


def _exits(page: simple_page.SimplePage) -> Mapping[str, tuple[Branch, ...]]:
    return page.board.cards.exits if page.board is not None else {}


def _led_to(page: simple_page.SimplePage, event: str) -> str:
    """The card at which a way out goes on; empty where it ends."""
    ways = (each for branches in _exits(page).values() for each in branches if each.event == event and each.cards)
    return next((each.cards[-1].to for each in ways), "")


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


def _exit_name() -> str:
    return str(wording.EXITS.get(_form("kind"), ""))


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
    "exit": lambda at: exits.add(at, _form("id"), _form("kind"), _exit_name(), _("End of the way out")),
    "delete_exit": lambda at: exits.remove(at, _form("id")),
    "lead": lambda at: exits.lead(at, _form("id"), _form("to")),
}
