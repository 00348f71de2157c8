"""The API `/v2`: the part of Camunda 8's Orchestration Cluster REST API that we serve, with the rights of the pages."""

from __future__ import annotations

from typing import Any

import flask
from apiflask import APIFlask, HTTPError
from flask.json.provider import JSONProvider
from flask_wtf.csrf import CSRFProtect

from engine.basics import json_texts
from engine.storage import models
from web.api import calendars, cluster, extensions, incidents, instances, jobs, messages, own_values, tasks, variables
from web.api.access import oauth
from web.api.access.blueprint import blueprint
from web.api.deployed import decisions, definitions, deployments
from web.api.operating import acts as operating_acts
from web.api.operating import reads as operating_reads
from web.api.own import beside as own_beside
from web.api.own import lists as own_lists
from web.api.scim import blueprint as scim
from web.api.scim import discovery, groups, users
from web.api.shapes import description, wrong
from web.frame.http import errors

PARTS = (
    *(calendars, cluster, decisions, definitions, deployments, extensions, incidents, instances),
    *(jobs, messages, operating_acts, operating_reads, own_beside, own_lists, own_values, tasks, variables),
)
TITLE = "Banjie 办结"
VERSION = "8.8.0"
SCIM = (discovery, groups, users)  # whose views stand on the blueprint as soon as they are read


WHOLE = "_schema"  # under which the library tells what is wrong with a body as a whole


class ExactJson(JSONProvider):
    """JSON whose numbers stay exact decimals in both directions."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        return models.dumps(obj)

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        return json_texts.read(s) if s.strip() else {}  # a body that may be missing asks for nothing


def install(app: APIFlask, protection: CSRFProtect) -> None:
    """Registers the API; its own check of credentials stands in for the pages' CSRF token."""
    app.json = ExactJson(app)
    app.config.update(VALIDATION_ERROR_STATUS_CODE=400, AUTO_404_RESPONSE=False)
    app.config["INFO"] = {
        "title": TITLE,
        "version": VERSION,
        "description": "The served part of the Orchestration Cluster API.",
    }
    app.error_processor(_wrong_request)
    protection.exempt(blueprint)
    app.register_blueprint(blueprint)
    for other in (oauth.blueprint, scim.blueprint):
        protection.exempt(other)
        app.register_blueprint(other)
    for endpoint in (each for each in app.view_functions if each.startswith("api.")):  # what the names of views say
        view: Any = app.view_functions[endpoint]
        view._spec = {**getattr(view, "_spec", {}), "operation_id": description.operation_id(endpoint.partition(".")[2])}
    app.spec_processor(description.complete)
    app.add_url_rule("/v2/openapi.json", view_func=app.doc(hide=True)(_openapi))


def _wrong_request(error: HTTPError) -> Any:
    """A body that is not of the described shape, as a problem that names the members."""
    detail: Any = error.detail or {}
    members = {name: faults for part in detail.values() for name, faults in part.items()} if isinstance(detail, dict) else {}
    told = {name: [wrong.sentence(str(each)) for each in faults] for name, faults in members.items()}
    of_all = told.pop(WHOLE, [])
    sentences = [*of_all, *(f"{name}: {' '.join(faults)}" for name, faults in told.items())]
    return errors.problem(error.status_code, "; ".join(sentences) or errors.sentence(error.status_code), told)


def _openapi() -> flask.Response:
    """The description of the API, OpenAPI 3.1."""
    app: Any = flask.current_app
    return flask.Response(models.dumps(app.spec), mimetype="application/json")
