"""Incidents: search, resolve."""

from __future__ import annotations

from typing import Any

from engine.queries.api import api_reads, fields
from engine.verbs.running import incidents
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.shapes import results, schemas
from web.frame import storage


@blueprint.post("/incidents/search")
@blueprint.input(schemas.Search, arg_name="body")
def search_incidents(body: schemas.Search) -> dict[str, Any]:
    """Search incidents."""
    with storage.reading() as session:
        rows = api_reads.incidents(session, auth.current_actor(), body.query(), now=storage.now())
        return results.page(rows, results.incident)


@blueprint.post("/incidents/<key>/resolution")
@blueprint.input(schemas.Resolution, arg_name="body")
def resolve_incident(key: str, body: schemas.Resolution) -> tuple[str, int]:
    """Resolve an incident: what stopped is tried again."""
    with storage.transaction() as session:
        incidents.resolve(session, auth.current_actor(), fields.key(key), now=storage.now())
    return "", 204
