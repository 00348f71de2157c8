"""Notices: what the product told me, and marking it read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import flask
import flask_login
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.cases import notices as verbs
from engine.execution.assignments import NEVER
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.inbox import inbox as tasks
from engine.queries.inbox import notices
from engine.queries.inbox.inbox import InboxLine
from web.account import auth
from web.frame import lists, storage
from web.inbox import inbox

blueprint = flask.Blueprint("notices", __name__)
Matter = list[notices.NoticeLine]  # what is told of one case, the newest first
NEW_WORK = 20  # tasks that a page of notices shows beside them


@blueprint.get("/notices")
def index() -> str:
    """My notices, newest first."""
    with storage.reading() as session:
        by = auth.current_actor()
        page = notices.mine(session, by, lists.wanted(), now=storage.now())
        waiting, rest = of_matters(page.rows, notices.new_work(session, by)[:NEW_WORK])
        left = _left_to(session, by)
        to_claim = tasks.count(session, by, holder="group") if by.groups else 0
    values = {"page": page, "waiting": waiting, "left": left, "rest": rest, "to_claim": to_claim}
    return flask.render_template("inbox/notices.html", title=_("Notices"), link=lists.link, **values)


def _left_to(session: Session, by: Actor) -> list[InboxLine]:
    """What those who are away have left to the reader; no statement for who stands in for nobody."""
    if not by.principals:
        return []
    filters = tasks.InboxFilters(holder="deputy")
    return tasks.open_tasks(session, by, filters, paging.WantedPage(size=NEW_WORK), now=storage.now()).rows


def of_matters(
    rows: Sequence[notices.NoticeLine], new_work: Sequence[notices.NewWork]
) -> tuple[list[Matter | notices.NewWork], list[Matter]]:
    """What is told of one case together: first that where something waits for the reader, by his limits, then the rest.

    Of a tree of cases in which he has a task he is told in one place; what is of no case stands by itself. New work stands among
    what waits, unless a notice leads with that very task.
    """
    matters: dict[int | str, Matter] = {}
    for line in rows:
        matters.setdefault(f"task {line.own.key}" if line.own else line.instance_key or -line.key, []).append(line)
    waiting = [each for each in matters.values() if any(line.waits and not line.is_past for line in each)]
    rest = [each for each in matters.values() if each not in waiting]
    led = {each[0].own.key for each in waiting if each[0].own}
    return sorted([*waiting, *(each for each in new_work if each.task_key not in led)], key=_until), rest


def _until(matter: Matter | notices.NewWork) -> datetime:
    if isinstance(matter, notices.NewWork):
        limit = matter.due_at
    else:
        limit = (own.due_at or own.beyond_step) if (own := matter[0].own) else None
    return limit or NEVER


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
