"""The tabs over the lists of the inbox: one line for each list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.queries.inbox import inbox, my_cases, told


@dataclass(frozen=True)
class Tab:
    """A list: where it is, what it is called, how many lines wait in it (None: nothing waits there)."""

    endpoint: str
    label: object
    count: Callable[[Session, Actor], int] | None = None


TABS = (
    Tab("inbox.open_tasks", lazy_gettext("Inbox"), inbox.count),
    Tab("inbox.done", lazy_gettext("Done by me")),
    Tab("inbox.started_by_me", lazy_gettext("Started by me")),
    Tab("told.copies", lazy_gettext("Copies to me"), told.unread_copies),
    Tab("told.consulted", lazy_gettext("Asked of me"), told.open_questions),
    Tab("told.followed", lazy_gettext("Followed")),
    Tab("inbox.drafts", lazy_gettext("Drafts"), my_cases.count_drafts),
)
LEFT = ("inbox.open_tasks", "deputy", lazy_gettext("Left to me"))  # only for who stands in for somebody now


def shown(session: Session, by: Actor, *, here: str = "") -> list[tuple[str, object, int | None, bool]]:
    """Address, label, number and whether it is this page (or `here`), for `tabs` of the macros."""
    here = here or place()
    found = [
        (flask.url_for(tab.endpoint), tab.label, tab.count(session, by) if tab.count else None, tab.endpoint == here)
        for tab in TABS
    ]
    if by.principals:
        endpoint, holder, label = LEFT
        number = inbox.count(session, by, holder=holder)
        found.insert(1, (flask.url_for(endpoint, holder=holder), label, number, here == f"{endpoint}:{holder}"))
    return found


def place() -> str:
    """Which of the lists this page is."""
    endpoint, left = flask.request.endpoint or "", LEFT[1]
    is_left = endpoint == LEFT[0] and flask.request.args.get("holder") == left
    return f"{endpoint}:{left}" if is_left else endpoint
