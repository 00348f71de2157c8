"""The lists of the inbox as files, with the search and filters that are set."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine.queries import paging
from engine.queries.inbox import inbox, my_cases
from engine.verbs.sharing import list_layouts
from engine.verbs.sharing.list_layouts import Layout
from web.account import auth
from web.frame import storage, words
from web.frame.files import exports
from web.frame.operations import acted_words
from web.inbox import inbox as pages
from web.inbox import tabs
from web.inbox.columns import declared

blueprint = flask.Blueprint("inbox_exports", __name__)
EVERYTHING = paging.WantedPage(size=exports.MOST_ROWS)


@blueprint.get("/inbox/export")
def open_tasks() -> flask.Response:
    """What waits for me and my groups."""
    with storage.reading() as session:
        layout = list_layouts.layout_of(session, auth.current_actor(), list_layouts.OPEN)
        page = inbox.open_tasks(session, auth.current_actor(), pages.open_filters(), EVERYTHING, now=storage.now())
    if layout.is_own:
        return _own(tabs.called("inbox.open_tasks"), layout, page)
    head = [_("Number"), _("Title"), _("Step"), _("Process"), _("Initiator"), _("Arrived"), _("Deadline"), _("State")]
    rows = (
        (
            line.number,
            line.title,
            line.task_name,
            line.process_name,
            line.initiator_name,
            line.arrived_at,
            line.due_at,
            (line.group if line.is_to_claim or line.instead_of else None) or _("mine"),
        )
        for line in page.rows
    )
    return exports.table(tabs.called("inbox.open_tasks"), head, rows, is_cut=bool(page.next))


@blueprint.get("/inbox/done/export")
def done() -> flask.Response:
    """What I have handled."""
    with storage.reading() as session:
        layout = list_layouts.layout_of(session, auth.current_actor(), list_layouts.DONE)
        page = my_cases.done(session, auth.current_actor(), pages.case_filters(), EVERYTHING, now=storage.now())
    if layout.is_own:
        return _own(tabs.called("inbox.done"), layout, page)
    head = [
        _("Number"),
        _("Title"),
        _("My step"),
        _("What I did"),
        _("Process"),
        _("Initiator"),
        _("Handled"),
        _("State"),
    ]
    rows = (
        (
            line.number,
            line.title,
            line.task_name,
            acted_words.done(line),
            line.process_name,
            line.initiator,
            line.done_at,
            words.state(line.state, line.ended_as),
        )
        for line in page.rows
    )
    return exports.table(tabs.called("inbox.done"), head, rows, is_cut=bool(page.next))


@blueprint.get("/inbox/drafts/export")
def drafts() -> flask.Response:
    """My start forms that are not sent yet."""
    with storage.reading() as session:
        lines = my_cases.drafts(session, auth.current_actor(), now=storage.now())
    return exports.table(
        tabs.called("inbox.drafts"), [_("Process"), _("Saved")], ((line.process_name, line.saved_at) for line in lines)
    )


@blueprint.get("/inbox/started/export")
def started_by_me() -> flask.Response:
    """What I have started."""
    with storage.reading() as session:
        layout = list_layouts.layout_of(session, auth.current_actor(), list_layouts.STARTED)
        page = my_cases.started(session, auth.current_actor(), pages.case_filters(), EVERYTHING, now=storage.now())
    if layout.is_own:
        return _own(tabs.called("inbox.started_by_me"), layout, page)
    head = [_("Number"), _("Title"), _("Process"), _("Started"), _("Where it is now"), _("Deadline"), _("State")]
    rows = (
        (
            line.number,
            line.title,
            line.process_name,
            line.started_at,
            _("; ").join(declared.where(line)),
            line.due_at,
            words.state(line.state, line.ended_as),
        )
        for line in page.rows
    )
    return exports.table(tabs.called("inbox.started_by_me"), head, rows, is_cut=bool(page.next))


def _own(name: str, layout: Layout, page: paging.Page[Any]) -> flask.Response:
    """A list as the person has laid it out."""
    return exports.table(name, *declared.file(layout, page.rows), is_cut=bool(page.next))
