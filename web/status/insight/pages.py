"""Where it sticks: a process by step on its diagram and in tables, compared on demand, and the tasks behind its figures."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine.queries import paging
from engine.queries.insight import ended, extent, heat
from engine.queries.status import choosable, incident_list, open_tasks, reach
from web.account import auth
from web.frame import lists, storage
from web.frame.files import exports
from web.frame.http import worker_watch
from web.status.insight import words

blueprint = flask.Blueprint("insight", __name__)
CHOICES = ("days", "version", "department", "against", "measure")


@blueprint.get("/status/processes/<process_id>/heat")
def show(process_id: str) -> str:
    """One process: where its work lies and how long its steps take."""
    chosen = {name: flask.request.args.get(name, "") for name in CHOICES}
    measure = words.measure(chosen["measure"])
    with storage.reading() as session:
        by = auth.current_actor()
        heat_read = heat.look(session, by, process_id, chosen, now=storage.now())
        company = open_tasks.company_of(session, by)
        values = {"reach": reach.reach_of(session, by), **worker_watch.seen_by(session, by)}
        departments = choosable.departments(session, by)
    return flask.render_template(
        "status/insight/heat.html",
        title=_("Bottlenecks"),
        heat=heat_read,
        measure=measure,
        measures=words.measures(),
        marks=words.marks(heat_read, measure),
        chosen={**chosen, "days": chosen["days"] or str(extent.USUAL)},
        spans=[(str(each), _("the last %(n)s days", n=each)) for each in extent.SPANS],
        departments=departments,
        versions=[(str(each), _("version %(n)s", n=each)) for each in heat_read.versions],
        compared=words.compared(heat_read, chosen["against"], departments),
        sides=words.sides(heat_read, dict(departments)),
        company=company.name,
        moment=storage.now(),
        link=lists.link,
        **values,
    )


@blueprint.get("/status/processes/<process_id>/done")
def done(process_id: str) -> str:
    """The tasks that were done, as a figure of the past counts them."""
    filters = _filters()
    with storage.reading() as session:
        by = auth.current_actor()
        lines = ended.lines(session, by, process_id, filters, lists.wanted())
        values: dict[str, Any] = {
            "incident_count": incident_list.count(session, by),
            "departments": choosable.departments(session, by),
            **worker_watch.seen_by(session, by),
        }
    export = flask.url_for("insight.export_done", process_id=process_id, **lists.carried())
    return flask.render_template(
        "status/insight/done.html", title=_("Tasks done"), found=lines, page=lines.page, filters=filters, causes=words.causes(),
        process_id=process_id, link=lists.link, export=export, **values,
    )  # fmt: skip


@blueprint.get("/status/processes/<process_id>/done/export")
def export_done(process_id: str) -> flask.Response:
    """The same as a spreadsheet."""
    with storage.reading() as session:
        everything = paging.WantedPage(size=exports.MOST_ROWS)
        lines = ended.lines(session, auth.current_actor(), process_id, _filters(), everything)
    head = [
        _("Step"),
        _("Title"),
        _("Number"),
        _("Done by"),
        _("Arrived"),
        _("Done at"),
        _("Deadline"),
        _("Round"),
        _("Working days"),
    ]
    rows = (
        (line.name, line.title, line.number, line.done_by, line.arrived_at, line.done_at, line.due_at, line.round,
         round(line.worked / lines.day_seconds, 2))
        for line in lines.page.rows
    )  # fmt: skip
    return exports.table(_("Tasks done"), head, rows, is_cut=bool(lines.page.next))


def _filters() -> ended.EndedFilters:
    names = ("element", "kind", "version", "department", "unit", "since", "until")
    return ended.EndedFilters(**{name: flask.request.args.get(name, "") for name in names})
