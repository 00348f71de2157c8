"""The tabs over the lists of the inbox: one line for each list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.queries.inbox import inbox, my_cases


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
    Tab("inbox.drafts", lazy_gettext("Drafts"), my_cases.count_drafts),
)


def shown(session: Session, by: Actor) -> list[tuple[str, object, int | None, bool]]:
    """Address, label, number and whether it is this page, for `tabs` of the macros."""
    here = flask.request.endpoint
    return [
        (flask.url_for(tab.endpoint), tab.label, tab.count(session, by) if tab.count else None, tab.endpoint == here)
        for tab in TABS
    ]
