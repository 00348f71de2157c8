"""The rail: which areas there are, and which of them this person is offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.people import actors
from web.frame.http import own_areas

LAST_LIST = "list"
LONGEST_KEPT = 500  # a cookie must stay small


@dataclass(frozen=True)
class NavigationEntry:
    """One area: where it begins, its label and icon, the blueprints that belong to it, who is offered it."""

    endpoint: str
    label: object
    icon: str
    areas: tuple[str, ...]
    offered: Callable[[actors.Actor], bool] = lambda actor: True


ENTRIES = (
    NavigationEntry("inbox.open_tasks", lazy_gettext("Inbox"), "inbox", ("inbox", "tasks", "columns", "told", "batches")),
    NavigationEntry("start.choose", lazy_gettext("Start"), "start", ("start",), lambda actor: not actor.is_auditor),
    NavigationEntry("inbox.started_by_me", lazy_gettext("My cases"), "cases", ("cases",)),
    NavigationEntry(
        "today.show",
        lazy_gettext("Status"),
        "status",
        (
            *("today", "monitor", "insight", "deadlines", "spreading", "registers", "reports", "history"),
            *("incidents", "operating", "case_operating", "given_up"),
        ),
        lambda _actor: own_areas.sees_status(),
    ),
    NavigationEntry(
        "records.index",
        lazy_gettext("Records"),
        "records",
        ("records", "record_changes"),
        lambda _actor: bool(flask.g.get("reads_records")),
    ),
    NavigationEntry(
        "processes.index",
        lazy_gettext("Processes"),
        "processes",
        (
            *("processes", "designer", "process_settings", "process_texts", "draft_files", "decisions", "forms", "templates"),
            *("releases", "field_rights", "trials", "simple_view", "scenarios"),
        ),
    ),
    NavigationEntry(
        "organisation.index",
        lazy_gettext("Organisation"),
        "organisation",
        (
            *("organisation", "leaving", "departments", "posts", "groups", "roles", "people_files", "organisation_log"),
            *("sign_in_settings", "machines", "notice_pages", "own_values", "password_codes"),
        ),
        lambda actor: actor.runs_organisation or actor.is_auditor,
    ),
    NavigationEntry(
        "calendar.show",
        lazy_gettext("Calendar"),
        "calendar",
        ("calendar", "calendar_settings"),
        lambda actor: actor.is_administrator or actor.is_auditor,
    ),
)


def entries(actor: actors.Actor) -> list[NavigationEntry]:
    """The areas to show, in order; those whose pages are not installed are left out."""
    return [entry for entry in ENTRIES if entry.endpoint in flask.current_app.view_functions and entry.offered(actor)]


# Lists from which one goes to a task or a case, and comes back.
LISTS = {
    "inbox.open_tasks": lazy_gettext("Inbox"),
    "inbox.done": lazy_gettext("Done by me"),
    "inbox.started_by_me": lazy_gettext("My cases"),
    "today.show": lazy_gettext("Today"),
    "today.tasks": lazy_gettext("Tasks under way"),
    "monitor.overview": lazy_gettext("Status"),
    "monitor.cases": lazy_gettext("Cases"),
    "monitor.process": lazy_gettext("Status"),
    "incidents.index": lazy_gettext("Incidents"),
    "operating.show": lazy_gettext("Operations"),
    "operating.by_cause": lazy_gettext("Incidents by cause"),
    "given_up.show": lazy_gettext("Failed background jobs"),
    "registers.show": lazy_gettext("Register"),
    "reports.cases": lazy_gettext("Report"),
    "notices.index": lazy_gettext("Notices"),
}
OPENED_FROM_LISTS = ("tasks", "cases", "task_operations", "case_operations")


def is_current(entry: NavigationEntry) -> bool:
    """Whether this request's page belongs to the area; a task or a case belongs to where it was opened from."""
    endpoint, area = flask.request.endpoint or "", flask.request.blueprint or ""
    if area in OPENED_FROM_LISTS:
        endpoint = _last_list()[0]
        area = endpoint.partition(".")[0]
    if endpoint == "records.registers" and not flask.g.get("reads_records"):
        area = "registers"  # who sees no records comes to them from there
    if any(endpoint == other.endpoint for other in ENTRIES):
        return endpoint == entry.endpoint
    return area in entry.areas


def remember_list() -> None:
    """Keeps where the reader is, when it is a list: from there he opens a task or a case."""
    endpoint = flask.request.endpoint or ""
    if endpoint in LISTS and flask.request.method == "GET":
        here = [endpoint, flask.request.full_path.rstrip("?")]
        if len(here[1]) <= LONGEST_KEPT and flask.session.get(LAST_LIST) != here:
            flask.session[LAST_LIST] = here


def way_back() -> tuple[str, object]:
    """Address and name of the list that the reader came from."""
    endpoint, address = _last_list()
    return address or flask.url_for(endpoint), LISTS[endpoint]


def _last_list() -> tuple[str, str]:
    endpoint, address = flask.session.get(LAST_LIST) or ("", "")
    if endpoint in LISTS:
        return endpoint, address
    return ("inbox.open_tasks" if flask.request.blueprint == "tasks" else "inbox.started_by_me"), ""


def title(page: str) -> str:
    """The browser's title of a page."""
    return f"{page} · {_('Banjie')}"
