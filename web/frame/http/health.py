"""For whoever watches over the server: whether it answers, and whether it can do its work."""

from __future__ import annotations

import logging
from typing import Any

import flask

from engine import errors
from engine.background import health
from engine.storage import database, error_log
from web.frame import storage

blueprint = flask.Blueprint("health", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/health")
def whole() -> tuple[dict[str, str], int]:
    """200 when pages can be served, 503 when the database cannot be reached."""
    try:
        is_alive = database.is_alive(storage.surroundings().database)
    except errors.Unavailable:
        is_alive = False
    return ({"status": "ok"}, 200) if is_alive else ({"status": "no database"}, 503)


@blueprint.get("/health/live")
def live() -> dict[str, str]:
    """200 as long as this process answers at all; asks nobody."""
    return {"status": "ok"}


@blueprint.get("/health/ready")
def ready() -> tuple[dict[str, Any], int]:
    """200 when database and data folder can be written, else 503. The worker is reported, and decides nothing."""
    surroundings = storage.surroundings()
    states = {"database": "ok", "disk": "ok", "worker": "unknown"}
    try:
        silence = health.write_database(surroundings.database, now=storage.now())
        states["worker"] = "silent" if silence else "ok"
    except Exception as error:
        log.warning("the database cannot be written: %s", error_log.told(error))
        states["database"] = "not writable"
    try:
        health.write_disk(surroundings.data)
    except OSError as error:
        log.warning("the data folder cannot be written: %s", error_log.told(error))
        states["disk"] = "not writable"
    is_ready = states["database"] == states["disk"] == "ok"
    return {"status": "ok" if is_ready else "not ready", **states}, 200 if is_ready else 503
