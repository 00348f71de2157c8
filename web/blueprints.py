"""All areas of the web application, in the order in which they are registered."""

from __future__ import annotations

import flask

from web import (
    attachments,
    calendar,
    cases,
    following,
    health,
    hooks,
    inbox,
    inbox_exports,
    incidents,
    monitor,
    notices,
    papers,
    password,
    preferences,
    processes,
    public,
    records,
    registers,
    start,
    tasks,
)

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
)
