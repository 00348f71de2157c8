"""Variables of instances."""

from __future__ import annotations

from typing import Any

from engine.queries import api_reads
from web import auth, storage
from web.api import results, schemas
from web.api.blueprint import blueprint


@blueprint.post("/variables/search")
@blueprint.input(schemas.Search, arg_name="body")
def search_variables(body: schemas.Search) -> dict[str, Any]:
    """The variables of the process scope of one or several instances."""
    with storage.reading() as session:
        found = api_reads.variables(session, auth.current_actor(), body.query(), now=storage.now())
        return results.page(found, results.variable)
