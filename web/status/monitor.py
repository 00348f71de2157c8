"""Status for managers: the board by process, one process by step with its diagram, and the list of cases."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine.cases.rights import access
from engine.queries import paging
from engine.queries.records import register_list
from engine.queries.status import board, choosable, incident_list, process_board, reach
from web.account import auth
from web.frame import lists, storage, words
from web.frame.files import exports
from web.frame.http import own_areas, worker_watch
from web.frame.where import standing_words
from web.status import narrowing, reasons

blueprint = flask.Blueprint("monitor", __name__)


@blueprint.get("/status")
def overview() -> str:
    """All processes this person follows, with their numbers."""
    with storage.reading() as session:
        by = auth.current_actor()
        values: dict[str, Any] = {
            "lines": board.lines(session, by, now=storage.now()),
            "incident_count": incident_list.count(session, by),
            **worker_watch.seen_by(session, by),
        }
    return flask.render_template("status/overview.html", title=_("By process"), **values)


@blueprint.get("/status/processes/<process_id>")
def process(process_id: str) -> str:
    """One process: where its cases are, by step and on the diagram."""
    with storage.reading() as session:
        by = auth.current_actor()
        shown = process_board.look(session, by, process_id, now=storage.now())
        values = {"reach": reach.reach_of(session, by), **worker_watch.seen_by(session, by)}
    return flask.render_template("status/process.html", title=shown.line.name, board=shown, line=shown.line, **values)


@blueprint.get("/status/cases")
def cases() -> str:
    """The cases themselves, to be filtered and opened."""
    filters = board.CaseFilters(**_given())
    with storage.reading() as session:
        by = auth.current_actor()
        values: dict[str, Any] = {
            "page": board.cases(session, by, filters, lists.wanted(), now=storage.now()),
            "processes": choosable.processes(session, by),
            "departments": choosable.departments(session, by),
            "incident_count": incident_list.count(session, by),
            "narrowed": [*narrowing.told(session, by, _given()), *narrowing.unknown(_given())],
            **worker_watch.seen_by(session, by),
        }
    export = flask.url_for("monitor.export_cases", **lists.carried())
    return flask.render_template(
        "status/cases.html", title=_("Cases"), filters=filters, link=lists.link, export=export, **values
    )


@blueprint.get("/status/cases/export")
def export_cases() -> flask.Response:
    """The cases as a spreadsheet, as they are filtered."""
    everything = paging.WantedPage(size=exports.MOST_ROWS)
    with storage.reading() as session:
        filters = board.CaseFilters(**_given())
        page = board.cases(session, auth.current_actor(), filters, everything, now=storage.now())
    head = [
        _("Number"),
        _("Title"),
        _("Process"),
        _("Initiator"),
        _("Started"),
        _("Where it is now"),
        _("Deadline"),
        _("State"),
    ]
    rows = (
        (
            line.number,
            line.title,
            line.process_name,
            line.initiator,
            line.started_at,
            _("; ").join(standing_words.held(line.standing)),
            line.due_at or line.standing.until,
            words.state(line.state, line.ended_as),
        )
        for line in page.rows
    )
    return exports.table(_("Cases"), head, rows, is_cut=bool(page.next))


@blueprint.app_context_processor
def _views() -> dict[str, Any]:
    return {"status_frame": _frame, "status_reach": _reach, "status_reason": reasons.told, "sees_status": own_areas.sees_status}


def _reach() -> reach.Reach:
    """As what the person looks at a page that has none of these views."""
    with storage.reading() as session:
        return reach.reach_of(session, auth.current_actor())


def _frame() -> tuple[set[str], reach.Reach]:
    """Of the views that are empty for many, those that are not always so for this person; and as what he looks at them."""
    with storage.reading() as session:
        by = auth.current_actor()
        shown = {
            "deadlines": bool(access.followed(session, by)),
            "operations": by.operates or by.reads_all or bool(access.managed(session, by)),
            "registers": bool(register_list.offers(session, by)),
        }
        looks_as = reach.reach_of(session, by)
    if shown["deadlines"]:
        own_areas.found()
    return {name for name, is_shown in shown.items() if is_shown}, looks_as


def _given() -> dict[str, str]:
    args = flask.request.args
    names = (
        "process",
        "state",
        "initiator",
        "element",
        "version",
        "department",
        "ended",
        "since",
        "until",
        "path",
        "limit",
        "lies",
    )
    return {"search": args.get("q", "").strip()[:100], **{name: args.get(name, "") for name in names}}
