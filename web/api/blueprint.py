"""The API's blueprint: who calls is recognised before anything else."""

from __future__ import annotations

from apiflask import APIBlueprint

from web.api import credentials

blueprint = APIBlueprint("api", __name__, url_prefix="/v2", tag="Orchestration Cluster API")
blueprint.before_request(credentials.recognise)
