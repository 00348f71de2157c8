"""All areas of the web application, in the order in which they are registered."""

from __future__ import annotations

import flask

from web import attachments, cases, health, inbox, monitor, notices, preferences, processes, records, start, tasks

BLUEPRINTS: tuple[flask.Blueprint, ...] = (
    inbox.blueprint,
    tasks.blueprint,
    start.blueprint,
    cases.blueprint,
    monitor.blueprint,
    records.blueprint,
    processes.blueprint,
    attachments.blueprint,
    notices.blueprint,
    preferences.blueprint,
    health.blueprint,
)
