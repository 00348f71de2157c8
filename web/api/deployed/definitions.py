"""Process definitions: search, one, its diagram."""

from __future__ import annotations

from typing import Any

import flask

from engine.queries.api import api_reads, fields
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.shapes import results, schemas
from web.frame import storage


@blueprint.post("/process-definitions/search")
@blueprint.input(schemas.Search, arg_name="body")
def search_process_definitions(body: schemas.Search) -> dict[str, Any]:
    """Search the deployed versions of processes."""
    with storage.reading() as session:
        rows = api_reads.process_definitions(session, auth.current_actor(), body.query())
        return results.page(rows, results.process_definition)


@blueprint.get("/process-definitions/<key>")
def get_process_definition(key: str) -> dict[str, Any]:
    """One version of a process."""
    with storage.reading() as session:
        return results.process_definition(api_reads.process_definition(session, auth.current_actor(), fields.key(key)))


@blueprint.get("/process-definitions/<key>/xml")
def get_process_definition_xml(key: str) -> flask.Response:
    """The diagram as it was deployed."""
    with storage.reading() as session:
        return flask.Response(api_reads.diagram(session, auth.current_actor(), fields.key(key)), mimetype="text/xml")
