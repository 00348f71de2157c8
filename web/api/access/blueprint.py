"""The API's blueprint: who calls is recognised before anything else."""

from __future__ import annotations

import flask
from apiflask import APIBlueprint

from web.account import auth
from web.api.access import credentials, scopes
from web.api.shapes import bodies

blueprint = APIBlueprint("api", __name__, url_prefix="/v2", tag="Orchestration Cluster API")
blueprint.before_request(credentials.recognise)


@blueprint.before_request
def _require_scope() -> None:
    """A machine account does what it was given; what people may do is decided where it is done."""
    machine = auth.current_actor().machine
    if machine is not None:
        scopes.require(machine, (flask.request.endpoint or "").partition(".")[2])


@blueprint.before_request
def _require_known_arguments() -> None:
    """An argument of the address that nothing reads is refused, as an unknown member of a body is."""
    view = flask.current_app.view_functions[flask.request.endpoint or ""]
    takes = any(location == "query" for _schema, location, *_rest in getattr(view, "_spec", {}).get("args", ()))
    if flask.request.args and not takes:
        raise bodies.refused(bodies.NOT_SERVED, next(iter(flask.request.args)))
