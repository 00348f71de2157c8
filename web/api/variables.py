"""Variables of instances, personal data masked unless they are asked for in full, which is noted."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from engine.queries.api import api_variables
from web.account import auth
from web.api import results, schemas
from web.api.blueprint import blueprint
from web.api.bodies import Body
from web.frame import storage


class Reading(Body):
    """How values are read; `maskValues=false` gives personal data in full, as `truncateValues` does long texts in Camunda."""

    model_config = ConfigDict(strict=False)  # it is written in an address, where everything is text
    maskValues: bool = True
    truncateValues: bool = True


@blueprint.post("/variables/search")
@blueprint.input(Reading, location="query", arg_name="reading")
@blueprint.input(schemas.Search, arg_name="body")
def search_variables(reading: Reading, body: schemas.Search) -> dict[str, Any]:
    """The variables of the process scope of one or several instances; with `maskValues=false` noted in their history."""
    actor, now = auth.current_actor(), storage.now()
    if not reading.maskValues:
        with storage.transaction() as session:
            found = api_variables.search_variables(session, actor, body.query(), now=now, is_revealed=True)
            return results.page(found, results.variable)
    with storage.reading() as session:
        return results.page(api_variables.search_variables(session, actor, body.query(), now=now), results.variable)
