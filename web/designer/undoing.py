"""One step back or forth through the saves of a draft, as the editors' buttons and the list of saves ask for it."""

from __future__ import annotations

from collections.abc import Collection

import flask
from sqlalchemy.orm import Session

from engine.designing import comparing, drafts
from engine.queries.designer import drawing_page
from engine.storage.models import ProcessDraft
from web.account import auth
from web.designer import requests
from web.designer.wording import change_words
from web.frame import storage


def step(session: Session, key: int, files: Collection[str] | None = None) -> ProcessDraft:
    """Goes to the save that the form names. `files` are those that its page shows; None: the diagram with the settings.

    Raises NotFound, Stale, TakesMore unless the form says that its reader has seen what changes.
    """
    by, form = auth.current_actor(), flask.request.form
    within: Collection[str] | None
    if "seen" in form:
        within = None
    elif "listed" in form:
        within = []  # the list of saves shows none of it
    else:
        within = files or [drafts.SETTINGS, drafts.DIAGRAM]
    return drafts.go_back(
        session, by, key, requests.number("revision"), requests.number("to"), within=within, now=storage.now()
    )


def asked(key: int, more: drafts.TakesMore) -> str:
    """The question before a step that changes more than its reader has seen, with all that it changes."""
    with storage.reading() as session:
        drawing = drawing_page.drawing(session, auth.current_actor(), key)
    changes = change_words.worded(comparing.changes(more.before, more.after))
    sent = [(name, value) for name, value in flask.request.form.items() if name not in ("csrf_token", "seen")]
    values = {"drawing": drawing, "changes": changes, "more": more, "sent": sent}
    return flask.render_template("designer/go_back.html", title=drawing.name, **values)
