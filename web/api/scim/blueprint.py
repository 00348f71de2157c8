"""The blueprint of `/scim/v2`: who calls, which scope it takes, and refusals in SCIM's shape."""

from __future__ import annotations

from typing import Any

import flask
from apiflask import APIBlueprint
from werkzeug.exceptions import HTTPException

from engine import errors
from engine.people.machines.scopes import READ_PEOPLE, WRITE_PEOPLE
from engine.storage import models
from web.account import auth
from web.api.access import bearer, scopes
from web.frame import i18n, storage
from web.frame.http import errors as refusals

blueprint = APIBlueprint("scim", __name__, url_prefix="/scim/v2", enable_openapi=False)
TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
READING = ("GET", "HEAD")


class Wrong(errors.Invalid):
    """A request that SCIM has a word for: `kind` is its scimType (RFC 7644, table 9)."""

    def __init__(self, kind: str, text: str, **values: object) -> None:
        super().__init__(text, None, **values)
        self.kind = kind


class Changed(errors.Conflict):
    """The resource is another one than the client read (If-Match)."""


@blueprint.before_request
def _recognise() -> None:
    """A machine account, by its token alone: nobody's session of the pages changes people here."""
    given = flask.request.authorization
    if given is None or given.type != "bearer":
        flask.abort(401)
    machine = bearer.recognise(given.token or "").machine
    if machine is not None:
        scopes.require_scope(machine, READ_PEOPLE if flask.request.method in READING else WRITE_PEOPLE)


def answer(resource: dict[str, Any], status: int = 200, **headers: str) -> flask.Response:
    """A resource or message, with the version of the resource as its ETag."""
    version = resource.get("meta", {}).get("version")
    if version is not None:
        headers["ETag"] = version
        if status == 200 and version in flask.request.if_none_match.as_set(include_weak=True) | _sent("If-None-Match"):
            return flask.Response(status=304, headers=headers)
    return flask.Response(models.dumps(resource), status=status, mimetype=TYPE, headers=headers)


def require_unchanged(version: str) -> None:
    """Raises Changed when the client names another version of what it changes (RFC 7644, clause 3.14)."""
    named = _sent("If-Match")
    if named and version not in named and "*" not in named:
        raise Changed("It was changed meanwhile. Please read it again.")


def body() -> dict[str, Any]:
    """The JSON object that was sent. Raises Wrong."""
    try:
        sent = flask.request.get_json(force=True)
    except HTTPException:
        sent = None
    if not isinstance(sent, dict):
        raise Wrong("invalidSyntax", "The body is no JSON object.")
    for name, value in sent.items():
        if name.casefold() == "schemas" and not _are_texts(value):
            raise Wrong("invalidSyntax", "The attribute “%(name)s” is no list of texts.", name=name)
    return sent


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def actor() -> Any:
    """The account that calls."""
    return auth.current_actor()


def now() -> Any:
    """The moment of this request."""
    return storage.now()


@blueprint.errorhandler(errors.Refusal)
def refused(refusal: errors.Refusal) -> flask.Response:
    """A refusal as RFC 7644, clause 3.12, words it; the fields that it is about stand in the sentence."""
    status = 412 if isinstance(refusal, Changed) else refusals.status(refusal)
    status = 400 if status == 422 else status
    kind = getattr(refusal, "kind", "invalidValue" if status == 400 else None)
    if (status == 409 and "taken" in refusal.text) or "of this name already" in refusal.text:
        kind = "uniqueness"
    told = [f"{name}: {i18n.worded(each)}" for name, faults in refusal.fields.items() for each in faults]
    sentence = "; ".join(told) if told and len(refusal.fields) > 0 else i18n.worded(refusal)
    response = _error(status, sentence, kind)
    if isinstance(refusal, errors.TooMany):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


@blueprint.errorhandler(HTTPException)
def failed(error: HTTPException) -> flask.Response:
    """Other errors in the same shape."""
    status = error.code or 500
    response = _error(status, refusals.sentence(status))
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Banjie"'
    return response


def _error(status: int, sentence: str, kind: str | None = None) -> flask.Response:
    told = {"schemas": [ERROR], "status": str(status), "detail": sentence, **({"scimType": kind} if kind else {})}
    return flask.Response(models.dumps(told), status=status, mimetype=TYPE, headers=refusals.retry(status))


def _sent(header: str) -> set[str]:
    return {each.strip() for each in flask.request.headers.get(header, "").split(",") if each.strip()}
