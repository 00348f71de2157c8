"""What managers open first: Today, the open tasks behind its figures, and who carries what."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.status import choosable, incident_list, open_tasks, today, workload
from web.account import auth
from web.frame import filters, lists, storage
from web.frame.files import exports
from web.frame.filters import people
from web.frame.http import worker_watch
from web.status import narrowing

blueprint = flask.Blueprint("today", __name__)


@blueprint.get("/status/today")
def show() -> str:
    """What waits, is late, has stopped, was finished; the tasks nearest to their limit, and those that wait longest."""
    with storage.reading() as session:
        by = auth.current_actor()
        values = {"today": today.look(session, by, **_chosen(), now=storage.now()), **_around(session, by)}
    return flask.render_template("status/today.html", title=_("Today"), **values)


@blueprint.get("/status/today/figures")
def figures() -> str:
    """The figures alone: they renew themselves, and what one reads below stays where it is."""
    with storage.reading() as session:
        figures_today = today.look(session, auth.current_actor(), **_chosen(), now=storage.now())
    return flask.render_template(
        "status/today_figures.html", today=figures_today, chosen=_chosen(), seen=flask.request.args.get("seen")
    )


@blueprint.get("/status/tasks")
def tasks() -> str:
    """Open tasks of the followed cases, what is due first on top."""
    filters = open_tasks.TaskFilters(**_filters())
    with storage.reading() as session:
        by = auth.current_actor()
        values = {"page": open_tasks.lines(session, by, filters, lists.wanted(), now=storage.now()), **_around(session, by)}
        values["narrowed"] = narrowing.told(session, by, _filters())
    export = flask.url_for("today.export_tasks", **lists.carried())
    return flask.render_template(
        "status/tasks.html", title=_("Tasks under way"), filters=filters, link=lists.link, export=export, **values
    )


@blueprint.get("/status/tasks/export")
def export_tasks() -> flask.Response:
    """The open tasks as a spreadsheet, as they are filtered."""
    filters, everything = open_tasks.TaskFilters(**_filters()), paging.WantedPage(size=exports.MOST_ROWS)
    with storage.reading() as session:
        page = open_tasks.lines(session, auth.current_actor(), filters, everything, to_act=False, now=storage.now())
    head = [_("Step"), _("Title"), _("Number"), _("Process"), _("Initiator"), _("With whom"), _("Waiting since"), _("Deadline")]
    rows = (
        (
            line.place.name,
            line.title,
            line.number,
            line.process_name,
            line.initiator,
            people(line.place.held_by),
            line.place.since,
            line.place.due_at,
        )
        for line in page.rows
    )
    return exports.table(_("Tasks under way"), head, rows, is_cut=bool(page.next))


@blueprint.get("/status/workload")
def loads() -> str:
    """Who carries what, and how much of it is late."""
    with storage.reading() as session:
        by = auth.current_actor()
        values = {**_loads(session, by, past=None), **_around(session, by)}
    return flask.render_template("status/workload.html", title=_("Workload"), **values)


@blueprint.get("/status/workload/done")
def loads_told() -> str:
    """The same lists, with what was done lately."""
    with storage.reading() as session:
        values = _loads(session, auth.current_actor(), past=True)
    return flask.render_template("status/workload_lists.html", chosen=_chosen(), **values)


@blueprint.get("/status/workload/export")
def export_loads() -> flask.Response:
    """People and groups with their figures as a spreadsheet, as the page shows them with what was done."""
    with storage.reading() as session:
        load = _loads(session, auth.current_actor(), past=True)["load"]
    head = [
        _("Person or group"),
        _("Department"),
        _("Open"),
        _("Due soon"),
        _("Overdue"),
        _("Oldest since"),
        _("Done, 28 days"),
        _("Done, the 28 days before"),
        _("Work in hand, weeks"),
        _("Usual working time, hours"),
        _("Usual calendar time, hours"),
        _("Stands in"),
    ]
    rows = (_load_row(each) for each in [*load.people, *load.groups])
    return exports.table(_("Workload"), head, rows, is_cut=load.everybody > len(load.people))


def _load_row(each: workload.Load) -> list[Any]:
    counted = map(filters.counted, (each.open, each.soon, each.overdue))
    calendar = None if each.typical is None else round(each.typical.total_seconds() / 3600, 1)
    spans = [each.weeks_in_hand, each.working_hours, calendar]
    done = [each.done, each.done_before] if each.username else [None, None]
    return [each.name, each.department, *counted, each.oldest if each.open else None, *done, *spans, each.deputy]


def _loads(session: Session, by: Actor, *, past: bool | None) -> dict[str, Any]:
    load = workload.look(session, by, **_chosen(), past=past, now=storage.now())
    return {"load": load, "may_move": bool(access.managed(session, by))}


def _around(session: Session, by: Actor) -> dict[str, Any]:
    """What all pages of the area show beside: filters, tabs, a silent worker."""
    company = open_tasks.company_of(session, by)
    return {
        "chosen": _chosen(),
        "processes": choosable.processes(session, by),
        "departments": choosable.departments(session, by),
        "company": company.name,
        "moment": storage.now(),
        "incident_count": incident_list.count(session, by),
        **worker_watch.seen_by(session, by),
    }


def _chosen() -> dict[str, str]:
    args = flask.request.args
    return {"process": args.get("process", ""), "department": args.get("department", "")}


def _filters() -> dict[str, str]:
    args = flask.request.args
    names = ("state", "holder", "group", "element", "version", "arrived_since", "arrived_before")
    return {"search": args.get("q", "").strip()[:100], **_chosen(), **{name: args.get(name, "") for name in names}}
