"""The application of the tests: built once per process and kind of settings, then handed from test to test as it was built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import flask

from engine import environment
from engine.storage import database as databases
from tests.web import described
from web import create_app
from web.frame import storage

NOWHERE = Path()
_built: dict[environment.Settings, tuple[flask.Flask, dict[str, Any]]] = {}


def over(chosen: environment.Settings, database: databases.Database, clock: Callable[[], datetime]) -> flask.Flask:
    """The application of these settings over the database; in one test only one of the same settings.

    It keeps no state but its configuration, which is taken back to what it was made with: its templates and its map of
    addresses, whose compilation takes longer than most tests, stay.
    """
    key = replace(chosen, data=NOWHERE)
    if key not in _built:
        made = create_app(key, database, clock)
        described.watch(made)
        _built[key] = made, dict(made.config)
    app, configuration = _built[key]
    app.config.clear()
    app.config.update(configuration)
    app.extensions["banjie"] = storage.Surroundings(database, clock, chosen.data)
    return app
