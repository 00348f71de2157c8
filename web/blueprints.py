"""All areas of the web application, in the order in which they are registered."""

from __future__ import annotations

import flask

from web.account import password, password_codes, preferences, setting_up
from web.cases import attachments, cases, papers
from web.frame import health
from web.inbox import inbox, inbox_exports, notices, start, tasks
from web.processes import calendar, processes, templates
from web.public import following, hooks, public
from web.records import records, registers
from web.status import incidents, monitor

BLUEPRINTS: tuple[flask.Blueprint, ...] = (
    inbox.blueprint,
    inbox_exports.blueprint,
    tasks.blueprint,
    start.blueprint,
    cases.blueprint,
    monitor.blueprint,
    incidents.blueprint,
    records.blueprint,
    processes.blueprint,
    attachments.blueprint,
    notices.blueprint,
    preferences.blueprint,
    health.blueprint,
    papers.blueprint,
    registers.blueprint,
    following.blueprint,
    public.blueprint,
    hooks.blueprint,
    calendar.blueprint,
    password.blueprint,
    password_codes.blueprint,
    setting_up.blueprint,
    templates.blueprint,
)
