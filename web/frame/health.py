"""For whoever watches over the server: whether it answers and reaches its database."""

from __future__ import annotations

import flask

from engine import errors
from engine.storage import database
from web.frame import storage

blueprint = flask.Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> tuple[dict[str, str], int]:
    """200 when pages can be served, 503 when the database cannot be reached."""
    try:
        is_alive = database.is_alive(storage.surroundings().database)
    except errors.Unavailable:
        is_alive = False
    return ({"status": "ok"}, 200) if is_alive else ({"status": "no database"}, 503)
