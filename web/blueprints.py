"""All areas of the web application, in the order in which they are registered."""

from __future__ import annotations

import flask

from web.account import outside, password, password_codes, preferences, second_factor, setting_up
from web.cases import attachments, cases, operations, papers
from web.designer import (
    comment_pages,
    decision_pages,
    designer,
    expression_pages,
    file_pages,
    form_pages,
    life_pages,
    release_pages,
    rights_pages,
    texts_pages,
)
from web.designer.scenarios import pages as scenario_pages
from web.designer.settings import settings_pages
from web.designer.simple import pages as simple_pages
from web.designer.trying import pages as trying_pages
from web.frame.http import health
from web.inbox import (
    batch_pages,
    choosing_pages,
    deputies_pages,
    inbox,
    inbox_exports,
    own_pages,
    start,
    task_operations,
    tasks,
    told_pages,
)
from web.inbox.columns import pages as columns
from web.inbox.news import notice_choices, notices
from web.organisation import (
    departments,
    files,
    groups,
    leaving,
    log,
    notice_pages,
    people,
    posts,
    roles,
)
from web.organisation.programs import machines
from web.organisation.signing_in import pages as sign_in_pages
from web.organisation.values import pages as value_pages
from web.processes import calendar, calendar_settings, processes, templates
from web.public import following, hooks, public
from web.records import changes, records, registers
from web.status import history, incidents, monitor, spreading, today
from web.status import operations as status_operations
from web.status.insight import deadlines
from web.status.insight import pages as insight_pages
from web.status.operating import given_up, one_case
from web.status.reporting import report_papers, reports

BLUEPRINTS: tuple[flask.Blueprint, ...] = (
    columns.blueprint,
    inbox.blueprint,
    inbox_exports.blueprint,
    tasks.blueprint,
    start.blueprint,
    cases.blueprint,
    operations.blueprint,
    task_operations.blueprint,
    choosing_pages.blueprint,
    told_pages.blueprint,
    deputies_pages.blueprint,
    batch_pages.blueprint,
    own_pages.blueprint,
    today.blueprint,
    monitor.blueprint,
    insight_pages.blueprint,
    deadlines.blueprint,
    spreading.blueprint,
    history.blueprint,
    incidents.blueprint,
    status_operations.blueprint,
    one_case.blueprint,
    given_up.blueprint,
    reports.blueprint,
    report_papers.blueprint,
    records.blueprint,
    changes.blueprint,
    processes.blueprint,
    designer.blueprint,
    settings_pages.blueprint,
    file_pages.blueprint,
    decision_pages.blueprint,
    form_pages.blueprint,
    rights_pages.blueprint,
    texts_pages.blueprint,
    release_pages.blueprint,
    simple_pages.blueprint,
    scenario_pages.blueprint,
    trying_pages.blueprint,
    comment_pages.blueprint,
    expression_pages.blueprint,
    life_pages.blueprint,
    attachments.blueprint,
    notices.blueprint,
    notice_choices.blueprint,
    preferences.blueprint,
    health.blueprint,
    papers.blueprint,
    registers.blueprint,
    following.blueprint,
    public.blueprint,
    hooks.blueprint,
    calendar.blueprint,
    calendar_settings.blueprint,
    people.blueprint,
    leaving.blueprint,
    departments.blueprint,
    posts.blueprint,
    groups.blueprint,
    roles.blueprint,
    machines.blueprint,
    files.blueprint,
    notice_pages.blueprint,
    value_pages.blueprint,
    log.blueprint,
    sign_in_pages.blueprint,
    password.blueprint,
    password_codes.blueprint,
    outside.blueprint,
    second_factor.blueprint,
    setting_up.blueprint,
    templates.blueprint,
)
