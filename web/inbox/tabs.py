"""The tabs over the lists of the inbox: one line for each list, and for each part of the open tasks that is a list of its own."""

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
    Tab("inbox.started_by_me", lazy_gettext("My cases")),
    Tab("told.copies", lazy_gettext("Copies to me"), told.unread_copies),
    Tab("told.consulted", lazy_gettext("Asked of me"), told.open_questions),
    Tab("told.followed", lazy_gettext("Followed")),
    Tab("inbox.drafts", lazy_gettext("Drafts"), my_cases.count_drafts),
)
OPEN = "inbox.open_tasks"
PARTS: tuple[
    tuple[str, object, object, Callable[[Actor], object]], ...
] = (  # of the open tasks: holder, label, tab, who is shown it
    ("group", lazy_gettext("To be claimed"), lazy_gettext("to claim"), lambda by: by.groups),
    ("deputy", lazy_gettext("Left to me"), lazy_gettext("of these left to me"), lambda by: by.principals),
)


def shown(session: Session, by: Actor, *, here: str = "") -> list[tuple[str, object, int | None, bool]]:
    """Address, label, number and whether it is this page (or `here`), for `tabs` of the macros."""
    here = here or place()
    first, *others = (
        (flask.url_for(tab.endpoint), tab.label, tab.count(session, by) if tab.count else None, tab.endpoint == here)
        for tab in TABS
    )
    parts = [
        (
            flask.url_for(OPEN, holder=holder),
            label,
            inbox.count(session, by, holder=holder),
            here == f"{OPEN}:{holder}",
        )
        for holder, _title, label, concerns in PARTS
        if concerns(by)
    ]
    return [first, *parts, *others]


def place() -> str:
    """Which of the lists this page is."""
    endpoint, holder = flask.request.endpoint or "", flask.request.args.get("holder", "")
    is_part = endpoint == OPEN and holder in [each[0] for each in PARTS]
    return f"{endpoint}:{holder}" if is_part else endpoint


def called(endpoint: str) -> str:
    """What a list is called."""
    return str(next(each.label for each in TABS if each.endpoint == endpoint))


def title(holder: str) -> object:
    """What the list of open tasks is called when it shows those of one kind of holder."""
    return next((each[1] for each in PARTS if each[0] == holder), TABS[0].label)
