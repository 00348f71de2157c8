"""Variables of instances, personal data masked unless they are asked for in full, which is noted."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from engine.queries.api import api_variables
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.shapes import results, schemas
from web.api.shapes.bodies import Body
from web.frame import storage


class Reading(Body):
    """How values are read: long ones shortened, as in Camunda; with `maskValues=false`, which is ours, personal data in full."""

    model_config = ConfigDict(strict=False)  # it is written in an address, where everything is text
    maskValues: bool = True
    truncateValues: bool = True


@blueprint.post("/variables/search")
@blueprint.input(Reading, location="query", arg_name="reading")
@blueprint.input(schemas.Search, arg_name="body")
def search_variables(reading: Reading, body: schemas.Search) -> dict[str, Any]:
    """The variables of cases' process scopes; with `maskValues=false` of named cases, noted in their history."""
    actor, now = auth.current_actor(), storage.now()
    opened = storage.reading if reading.maskValues else storage.transaction
    with opened() as session:
        rows = api_variables.search_variables(session, actor, body.query(), now=now, is_revealed=not reading.maskValues)
        return results.page(rows, lambda each: results.variable(each, is_whole=not reading.truncateValues))


@blueprint.get("/variables/<key>")
def get_variable(key: str) -> dict[str, Any]:
    """One variable with its whole value; personal data masked for whoever merely sees the case."""
    with storage.reading() as session:
        return results.variable(api_variables.one(session, auth.current_actor(), key, now=storage.now()), is_whole=True)
