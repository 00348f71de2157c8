"""Lists of cases that I am to know of: copies, followed ones, questions; and what others have left to me."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import flask
from flask_babel import gettext as _

from engine.basics import whole_numbers
from engine.queries import paging
from engine.queries.inbox import inbox, told
from engine.verbs.sharing import list_layouts
from web.account import auth
from web.frame import lists, storage, words
from web.frame.files import exports
from web.inbox import inbox as pages
from web.inbox import tabs
from web.inbox.columns import declared

blueprint = flask.Blueprint("told", __name__)
EVERYTHING = paging.WantedPage(size=exports.MOST_ROWS)


@blueprint.get("/inbox/copies")
def copies() -> str:
    """抄送我的: copies, those not read yet marked."""
    return _listed(_("Copies to me"), told.copies, _("Nobody has sent you a copy yet."))


@blueprint.get("/inbox/followed")
def followed() -> str:
    """我关注的: cases that I follow."""
    return _listed(_("Followed"), told.followed, _("Open a case and choose Follow; it then stands here."))


@blueprint.get("/inbox/asked")
def consulted() -> str:
    """征询我的: questions that I was asked."""
    return _listed(_("Asked of me"), told.consulted, _("Nobody has asked for your view yet."))


@blueprint.get("/inbox/copies/export")
def export_copies() -> flask.Response:
    """The copies as a file."""
    return _exported("told.copies", list_layouts.COPIES, told.copies)


@blueprint.get("/inbox/followed/export")
def export_followed() -> flask.Response:
    """The cases that I follow as a file."""
    return _exported("told.followed", list_layouts.FOLLOWED, told.followed)


@blueprint.get("/inbox/asked/export")
def export_consulted() -> flask.Response:
    """The questions as a file."""
    return _exported("told.consulted", list_layouts.CONSULTED, told.consulted)


@blueprint.get("/inbox/tabs")
def refreshed() -> str:
    """The tabs anew, with their numbers; the page that shows them says which one is open, and how many tasks waited when it was loaded."""
    with storage.reading() as session:
        here, seen = flask.request.args.get("here", ""), whole_numbers.count(flask.request.args.get("seen", ""))
        entries = tabs.shown(session, auth.current_actor(), here=here)
    return flask.render_template("inbox/tabs.html", shown_tabs=entries, here=here, seen=seen)


@blueprint.app_context_processor
def _place() -> dict[str, Any]:
    return {"list_place": tabs.place}


@blueprint.app_template_filter("told_facts")
def _facts(line: told.ToldCase, layout: list_layouts.Layout) -> list[str]:
    """What the second line of a row tells, in the order that the person has chosen; what is empty is left out."""
    said = ((each.name, declared.VALUES[each.name](line)) for each in layout.shown if each.name not in _lines(line, layout))
    worded = {"by": lambda value: _("from %(name)s", name=value), "where": lambda value: _("now: %(where)s", where=value)}
    worded["text"] = lambda value: _("“%(text)s”", text=value) if layout.name != list_layouts.FOLLOWED else value
    return [worded.get(name, str)(value) for name, value in said if value]


def _lines(line: told.ToldCase, layout: list_layouts.Layout) -> Container[str]:
    """What has a line of its own in a row: who sent a copy with which words; where a running case is, with the limits."""
    where = ("where",) if layout.name != list_layouts.CONSULTED and line.state == "active" else ()
    return ("by", "text", *where) if layout.name == list_layouts.COPIES and not layout.is_own else where


def _listed(title: str, query: Callable[..., Any], nothing: str) -> str:
    chosen, name = pages.case_filters(), (flask.request.endpoint or "").rpartition(".")[2]
    with storage.reading() as session:
        by = auth.current_actor()
        values = {
            "page": query(session, by, chosen, lists.wanted(), now=storage.now()),
            "shown_tabs": tabs.shown(session, by),
            "processes": inbox.processes(session, by),
            "layout": list_layouts.layout_of(session, by, name),
        }
    export = flask.url_for(f"told.export_{name}", **lists.carried())
    words_ = {"title": title, "nothing": nothing, "which": name, "filters": chosen, "link": lists.link, "export": export}
    return flask.render_template("inbox/told.html", **words_, **values)


def _exported(endpoint: str, of: str, query: Callable[..., Any]) -> flask.Response:
    name = tabs.called(endpoint)
    with storage.reading() as session:
        layout = list_layouts.layout_of(session, auth.current_actor(), of)
        page = query(session, auth.current_actor(), pages.case_filters(), EVERYTHING, now=storage.now())
    if layout.is_own:
        return exports.table(name, *declared.file(layout, page.rows), is_cut=bool(page.next))
    head = [_("Number"), _("Title"), _("Process"), _("Initiator"), _("Sent by"), _("Time"), _("Remark"), _("State")]
    rows = (
        (
            line.number,
            line.title,
            line.process_name,
            line.initiator,
            line.by,
            line.at,
            line.text,
            words.state(line.state, line.ended_as),
        )
        for line in page.rows
    )
    return exports.table(name, head, rows, is_cut=bool(page.next))
