"""Notices: what the product told me, and marking it read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flask
import flask_login
from flask_babel import gettext as _

from engine.cases import notices as verbs
from engine.queries.inbox import notices
from web.account import auth
from web.frame import lists, storage
from web.inbox import inbox

blueprint = flask.Blueprint("notices", __name__)


@blueprint.get("/notices")
def index() -> str:
    """My notices, newest first."""
    with storage.reading() as session:
        by = auth.current_actor()
        values = {
            "page": notices.mine(session, by, lists.wanted(), now=storage.now()),
            "new_work": notices.new_work(session, by),
        }
    return flask.render_template("inbox/notices.html", title=_("Notices"), link=lists.link, by_case=by_case, **values)


def by_case(rows: Sequence[notices.NoticeLine]) -> list[list[notices.NoticeLine]]:
    """What is told of one case together, where its newest notice stands; what is of no case by itself."""
    cases: dict[int, list[notices.NoticeLine]] = {}
    for line in rows:
        cases.setdefault(line.instance_key or -line.key, []).append(line)
    return list(cases.values())


@blueprint.get("/notices/count")
def count() -> Any:
    """The number on the rail; nothing for somebody whose session has ended, whose half-filled page must stay."""
    if not flask_login.current_user.is_authenticated:
        return "", 204
    with storage.reading() as session:
        unread = notices.unread(session, auth.current_actor(), now=storage.now())
    return inbox.capped(unread) if unread else ""


@blueprint.post("/notices/read")
def mark_read() -> Any:
    """Marks all my notices as read."""
    with storage.transaction() as session:
        verbs.mark_read(session, auth.current_actor(), now=storage.now())
    return flask.redirect(flask.url_for("notices.index"))
