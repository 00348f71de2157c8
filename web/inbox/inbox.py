"""Pages of the inbox: open tasks, what I have done, what I have started, my drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import flask_login
from flask_babel import gettext as _

from engine.people import organisation
from engine.queries.cases import kept_copies
from engine.queries.inbox import inbox, my_cases
from engine.queries.records import record_pages
from engine.verbs.sharing import list_layouts, saved_views
from web.account import auth
from web.frame import lists, storage
from web.inbox import tabs
from web.inbox.columns import declared

blueprint = flask.Blueprint("inbox", __name__)


@blueprint.get("/")
def home() -> Any:
    """The front door leads to the inbox."""
    return flask.redirect(flask.url_for("inbox.open_tasks"))


@blueprint.get("/inbox")
def open_tasks() -> str:
    """待办: what waits for me and my groups."""
    filters = open_filters()
    with storage.reading() as session:
        by = auth.current_actor()
        page = inbox.open_tasks(session, by, filters, lists.wanted(), now=storage.now())
        company = organisation.at_version(session, by.company_id, by.organisation_version)
        values = {
            "page": page,
            "repeated": lists.repeated(line.title for line in page.rows),
            "shown_tabs": tabs.shown(session, by),
            "views": saved_views.known(session, by),
            "layout": list_layouts.layout_of(session, by, list_layouts.OPEN),
            "processes": inbox.processes(session, by),
            "ending": record_pages.count_ending(session, by, now=storage.now()),
            "initiators": [(filters.initiator, company.name_of(filters.initiator))] if filters.initiator else [],
        }
    return flask.render_template(
        "inbox/open.html", title=tabs.title(filters.holder), filters=filters, link=lists.link, export=export_link(), **values
    )


@blueprint.get("/inbox/count")
def count() -> Any:
    """The number on the rail; nothing for somebody whose session has ended, whose half-filled page must stay."""
    if not flask_login.current_user.is_authenticated:
        return "", 204
    with storage.reading() as session:
        waiting = inbox.count(session, auth.current_actor())
    return capped(waiting) if waiting else ""


@blueprint.get("/inbox/done")
def done() -> str:
    """已办: what I have handled."""
    return _listed(list_layouts.DONE, _("Done by me"), my_cases.done, my_cases.processes_done)


@blueprint.get("/inbox/started")
def started_by_me() -> str:
    """我发起的: what I have started."""
    return _listed(list_layouts.STARTED, _("My cases"), my_cases.started, my_cases.processes_started)


@blueprint.get("/inbox/drafts")
def drafts() -> str:
    """草稿: start forms not sent yet."""
    with storage.reading() as session:
        by, now = auth.current_actor(), storage.now()
        values = {"drafts": my_cases.drafts(session, by, now=now), "lost": kept_copies.lost(session, by, now=now)}
        values["shown_tabs"] = tabs.shown(session, by)
    return flask.render_template("inbox/drafts.html", title=_("Drafts"), export=export_link(), **values)


def open_filters() -> inbox.InboxFilters:
    """What the list of open tasks is narrowed to by this request."""
    given: dict[str, Any] = {**_given("process", "initiator", "due", "holder", "sort")}
    return inbox.InboxFilters(**given)


def case_filters() -> my_cases.MyCasesFilters:
    """What the lists of cases are narrowed to by this request."""
    return my_cases.MyCasesFilters(**_given("process", "state"))


def export_link() -> str:
    """The address of this list as a file, with the same search and filters."""
    return flask.url_for(f"inbox_exports.{(flask.request.endpoint or '').rpartition('.')[2]}", **lists.carried())


def capped(number: int) -> str:
    """A count as shown on a badge."""
    return "99+" if number >= inbox.COUNT_CAP else str(number)


@blueprint.app_template_filter("capped")
def _capped(number: int) -> str:
    return capped(number)


def _listed(name: str, title: str, query: Callable[..., Any], processes: Callable[..., Any]) -> str:
    filters = case_filters()
    with storage.reading() as session:
        by = auth.current_actor()
        values = {
            "page": query(session, by, filters, lists.wanted(), now=storage.now()),
            "shown_tabs": tabs.shown(session, by),
            "processes": processes(session, by),
            "layout": list_layouts.layout_of(session, by, name),
        }
    shell = {"title": title, "filters": filters, "link": lists.link, "export": export_link(), "heads": declared.HEADS}
    return flask.render_template(f"inbox/{name}.html", **shell, **values)


def _given(*names: str) -> dict[str, str]:
    args = flask.request.args
    return {"search": args.get("q", "").strip()[:100], **{name: args.get(name, "") for name in names}}
