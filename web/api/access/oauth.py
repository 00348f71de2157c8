"""OAuth 2.0 client credentials (RFC 6749, clause 4.4), as the official Camunda clients ask for them."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics.nearest import nearest
from engine.people.machines import scopes, tokens
from engine.people.machines.tokens import Recognised
from web.api.access import bearer
from web.frame import i18n

blueprint = flask.Blueprint("oauth", __name__, url_prefix="/oauth")
# `audience` and `resource` say for which server a token is wanted; it is always for this one.
KNOWN = {"grant_type", "client_id", "client_secret", "scope", "audience", "resource"}


@blueprint.post("/token")
def create_token() -> Any:
    """A token of an hour for `grant_type=client_credentials`, form-encoded; `scope` asks for some of the account's scopes."""
    form = flask.request.form
    unknown = next((name for name in form if name not in KNOWN), None)
    if unknown is not None:
        return _refused("invalid_request", _("There is no member “%(name)s” here.", name=unknown[:40]))
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", _("Only grant_type=client_credentials is served here."))
    client, secret = _credentials()
    caller = _known(client, secret)
    if caller is None:
        bearer.wrong(secret)
        return _refused("invalid_client", _("No machine account is known by this client id and secret."), 401)
    return _granted(caller, form.get("scope", "").split())


@blueprint.errorhandler(errors.TooMany)
def too_many(refusal: errors.TooMany) -> Any:
    """Who sent too many wrong secrets."""
    answer, _status, headers = _refused("temporarily_unavailable", i18n.worded(refusal), 429)
    return answer, 429, {**headers, "Retry-After": str(refusal.seconds)}


def _credentials() -> tuple[str, str]:
    """By HTTP Basic (RFC 6749, clause 2.3.1) or in the form."""
    given = flask.request.authorization
    if given is not None and given.type == "basic":
        return given.username or "", given.password or ""
    return flask.request.form.get("client_id", ""), flask.request.form.get("client_secret", "")


def _known(client: str, secret: str) -> Recognised | None:
    named = tokens.key_of(secret)
    return bearer.known(secret) if named is not None and str(named) == client.strip() else None


def _granted(caller: Recognised, asked: list[str]) -> Any:
    held = caller.actor.machine.scopes if caller.actor.machine else frozenset()
    for name in asked:
        if name not in scopes.SCOPES:
            near = nearest(name, scopes.SCOPES)
            said = _("There is no scope “%(name)s”.", name=name[:60])
            meant = _("There is no scope “%(name)s”; did you mean “%(nearest)s”?", name=name[:60], nearest=near)
            return _refused("invalid_scope", meant if near else said)
        if name not in held:
            return _refused("invalid_scope", _("This machine account lacks the scope “%(scope)s”.", scope=name))
    bearer.sign_in(caller, "")  # notes the day
    given = frozenset(asked) or held
    told = {
        "access_token": bearer.made_for(caller, given),
        "token_type": "Bearer",
        "expires_in": int(bearer.GOOD_FOR.total_seconds()),
        "scope": " ".join(sorted(given)),
    }
    return told, 200, {"Cache-Control": "no-store"}


def _refused(code: str, sentence: str, status: int = 400) -> Any:
    """An error as RFC 6749, clause 5.2, words it."""
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Banjie", charset="UTF-8"'
    return {"error": code, "error_description": sentence}, status, headers
