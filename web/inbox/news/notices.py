"""Notices: what the product told me, and marking it read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
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
Matter = list[notices.NoticeLine]  # what is told of one case, the newest first


@blueprint.get("/notices")
def index() -> str:
    """My notices, newest first."""
    with storage.reading() as session:
        by = auth.current_actor()
        page = notices.mine(session, by, lists.wanted(), now=storage.now())
        new_work = notices.new_work(session, by)
    waiting, rest = of_matters(page.rows)
    values = {"page": page, "new_work": new_work, "waiting": waiting, "rest": rest}
    return flask.render_template("inbox/notices.html", title=_("Notices"), link=lists.link, **values)


def of_matters(rows: Sequence[notices.NoticeLine]) -> tuple[list[Matter], list[Matter]]:
    """What is told of one case together: first that where something waits for the reader, by his limits, then the rest.

    Of a tree of cases in which he has a task he is told in one place; what is of no case stands by itself.
    """
    matters: dict[int | str, Matter] = {}
    for line in rows:
        matters.setdefault(f"task {line.own.key}" if line.own else line.instance_key or -line.key, []).append(line)
    waiting = [each for each in matters.values() if any(line.waits and not line.is_past for line in each)]
    rest = [each for each in matters.values() if each not in waiting]
    return sorted(waiting, key=_until), rest


def _until(matter: Matter) -> datetime:
    limit = (own.due_at or own.beyond_step) if (own := matter[0].own) else None
    return limit or datetime.max.replace(tzinfo=UTC)


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
