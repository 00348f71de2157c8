"""The page on which a person chooses the columns of a list."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.verbs.sharing import list_layouts
from engine.verbs.sharing.list_layouts import LaidColumn, Layout
from web.account import auth
from web.frame import flashes, storage
from web.inbox.columns import declared

blueprint = flask.Blueprint("columns", __name__)


@blueprint.get("/inbox/columns/<name>")
def show(name: str) -> str:
    """The columns of the list as they are."""
    with storage.reading() as session:
        return _drawn(list_layouts.layout_of(session, auth.current_actor(), name))


@blueprint.post("/inbox/columns/<name>")
def save(name: str) -> Any:
    """Keeps what was chosen; moving a column up or down keeps it too, and stays here."""
    sent = flask.request.form
    with storage.transaction() as session:
        by = auth.current_actor()
        if "reset" in sent:
            list_layouts.reset(session, by, name)
            return flask.redirect(flask.url_for(declared.ENDPOINTS[name]))
        layout = _given(list_layouts.layout_of(session, by, name))
        try:
            list_layouts.save(session, by, name, layout.columns)
        except errors.Invalid as refusal:
            return _drawn(layout, refusal), 422
    if "up" in sent or "down" in sent:
        return flask.redirect(flask.url_for("columns.show", name=name))
    flashes.say(_("The columns are kept."))
    return flask.redirect(flask.url_for(declared.ENDPOINTS[name]))


def _given(kept: Layout) -> Layout:
    """The layout as it was sent: its order is the kept one, with at most one column moved."""
    sent = flask.request.form
    columns = (
        LaidColumn(each.name, f"show.{each.name}" in sent, sent.get(f"width.{each.name}", each.width)) for each in kept.columns
    )
    layout = Layout(kept.name, tuple(columns), is_own=True)
    names = {each.name for each in layout.columns}
    for direction, by in (("up", -1), ("down", 1)):
        if sent.get(direction) in names:
            layout = layout.moved(sent[direction], by)
    return layout


def _drawn(layout: Layout, refusal: errors.Invalid | None = None) -> str:
    return flask.render_template(
        "inbox/columns/choose.html",
        title=_("Columns of “%(name)s”", name=declared.NAMES[layout.name]),
        layout=layout,
        heads=declared.HEADS,
        widths={} if layout.name in declared.IN_LINES else declared.WIDTHS,
        back=flask.url_for(declared.ENDPOINTS[layout.name]),
        refusal=refusal,
    )
