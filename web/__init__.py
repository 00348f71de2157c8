"""The web application: pages and API over the engine; it knows nothing of the runtime."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import flask
from apiflask import APIFlask

from engine import environment
from engine.commands import opening
from engine.storage import database as databases
from engine.storage import installation
from web import api, blueprints
from web.account import auth, layout
from web.cases import long_values
from web.cases import reasons as case_reasons
from web.frame import addresses, filters, forms, i18n, lists, part_words, step_choices, storage, words
from web.frame.http import bundle, compiled, errors, security, typed
from web.frame.operations import acted_words, signing
from web.inbox import reasons
from web.status.insight import words as insight_words


def system_clock() -> datetime:
    """The machine's moment, for everything but tests."""
    return datetime.now(UTC)


def create_app(
    chosen: environment.Settings,
    database: databases.Database | None = None,
    clock: Callable[[], datetime] = system_clock,
) -> flask.Flask:
    """The WSGI application of these settings; `database` and `clock` are handed in by tests."""
    app = APIFlask(__name__, static_folder=None, json_errors=False, docs_path=None, spec_path=None)  # type: ignore[arg-type]
    app.request_class = typed.Request
    opened = database or opening.opened(chosen)
    app.extensions["banjie"] = storage.Surroundings(opened, clock, chosen.data)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in (
        addresses,
        i18n,
        filters,
        forms,
        lists,
        long_values,
        words,
        part_words,
        step_choices,
        insight_words,
        acted_words,
        reasons,
        case_reasons,
        signing,
        bundle,
        auth,
        layout,
        compiled,
    ):
        part.install(app)
    security.install(app, chosen)
    app.config["IS_DEMO"] = installation.is_demo(opened)
    app.config["SIGN_IN"] = chosen.sign_in or (environment.LISTED if app.config["IS_DEMO"] else environment.TYPED)
    for blueprint in blueprints.BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.install(app, security.protection)
    errors.install(app)  # after the API, whose framework would answer every HTTP error in its own way
    return app
