"""The rail: which areas there are, and which of them this person is offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.people import actors


@dataclass(frozen=True)
class Entry:
    """One area: where it begins, its label and icon, the blueprints that belong to it, who is offered it."""

    endpoint: str
    label: object
    icon: str
    areas: tuple[str, ...]
    offered: Callable[[actors.Actor], bool] = lambda actor: True


ENTRIES = (
    Entry("inbox.open_tasks", lazy_gettext("Inbox"), "inbox", ("inbox", "tasks")),
    Entry("start.choose", lazy_gettext("Start"), "start", ("start",)),
    Entry("inbox.started_by_me", lazy_gettext("My cases"), "cases", ("cases",)),
    Entry("monitor.overview", lazy_gettext("Status"), "status", ("monitor", "registers", "incidents")),
    Entry("records.index", lazy_gettext("Records"), "records", ("records",), lambda _actor: bool(flask.g.get("reads_records"))),
    Entry("processes.index", lazy_gettext("Processes"), "processes", ("processes", "templates")),
    Entry("calendar.show", lazy_gettext("Calendar"), "calendar", ("calendar",), lambda actor: actor.is_administrator),
)


def entries(actor: actors.Actor) -> list[Entry]:
    """The areas to show, in order; those whose pages are not installed are left out."""
    return [entry for entry in ENTRIES if entry.endpoint in flask.current_app.view_functions and entry.offered(actor)]


def is_current(entry: Entry) -> bool:
    """Whether this request's page belongs to the area."""
    endpoint, area = flask.request.endpoint or "", flask.request.blueprint or ""
    if any(endpoint == other.endpoint for other in ENTRIES):
        return endpoint == entry.endpoint
    return area in entry.areas


def title(page: str) -> str:
    """The browser's title of a page."""
    return f"{page} · {_('Banjie')}"
