"""A small OpenID provider for tests: discovery, authorization code with PKCE, signed ID tokens, over a real socket.

It checks what a client sends by itself, with nothing of the library that the product speaks with but the signing of tokens.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import flask
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

CLIENT, SECRET = "banjie", "the client's secret"
KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}), RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """Who is signed in there, and what it does wrong if it is told to.

    `claims` are those of the ID token beside the needed ones, which they may replace; `error` is what it answers instead of
    a code; `answers_more` is told in its description of itself; `hides` are left out of the ID token and told by userinfo. `seen` are the addresses that were asked for.
    """

    clock: Callable[[], datetime]
    address: str = ""
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    error: dict[str, str] = field(default_factory=dict)
    hides: tuple[str, ...] = ()
    key: RSAKey = field(default_factory=lambda: KEY)
    token_error: str = ""
    answers_more: dict[str, Any] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def settings(self, **changed: Any) -> dict[str, Any]:
        """What the product is told of it."""
        return {"issuer": self.address, "client_id": CLIENT, **changed}


def _authorize(provider: Provider) -> Response:
    """The page where somebody signs in: he is signed in already."""
    asked = flask.request.args
    wrong = [name for name in ("state", "nonce", "code_challenge", "redirect_uri") if not asked.get(name)]
    if (
        wrong
        or asked["code_challenge_method"] != "S256"
        or asked["client_id"] != CLIENT
        or "openid" not in asked["scope"].split()
    ):
        flask.abort(400, f"a client may not ask so: {wrong}")
    code = secrets.token_urlsafe(16)
    provider._codes[code] = asked.to_dict()
    answer = provider.error or {"code": code, "iss": provider.issuer or provider.address}
    return flask.redirect(f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}")


def _token(provider: Provider) -> tuple[dict[str, Any], int]:
    form, known = flask.request.form, flask.request.authorization
    asked = provider._codes.pop(form.get("code", ""), None)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
    if known is None or (known.username, known.password) != (CLIENT, SECRET):
        return {"error": "invalid_client"}, 401
    if (
        provider.token_error
        or asked is None
        or challenge != asked["code_challenge"]
        or form["redirect_uri"] != asked["redirect_uri"]
    ):
        return {"error": provider.token_error or "invalid_grant"}, 400
    access = secrets.token_urlsafe(16)
    provider.tokens += [access, form["code"]]
    return {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": _signed(provider, asked["nonce"]),
    }, 200


def _signed(provider: Provider, nonce: str) -> str:
    now = int(provider.clock().timestamp())
    needed = {
        "iss": provider.issuer or provider.address,
        "aud": CLIENT,
        "sub": "1",
        "iat": now,
        "exp": now + 300,
        "nonce": nonce,
    }
    told = {name: value for name, value in {**needed, **provider.claims}.items() if name not in provider.hides}
    signed = jwt.encode({"alg": "RS256", "kid": "one"}, told, provider.key)
    provider.tokens.append(signed)
    return signed


def _userinfo(provider: Provider) -> dict[str, Any] | tuple[str, int]:
    if (flask.request.headers.get("Authorization") or "")[7:] not in provider.tokens:
        return "no", 401
    return {"sub": "1", **provider.claims}


def _discovery(provider: Provider) -> dict[str, Any]:
    named = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint")
    addresses = {name: f"{provider.address}/{name}" for name in named}
    return {"issuer": provider.issuer or provider.address, **addresses, **provider.answers_more}


@contextlib.contextmanager
def running(clock: Callable[[], datetime]) -> Iterator[Provider]:
    """The provider on a port of its own, until the test is over."""
    provider, app = Provider(clock), flask.Flask("provider")
    views: dict[str, Callable[[], Any]] = {
        "/.well-known/openid-configuration": lambda: _discovery(provider),
        "/authorization_endpoint": lambda: _authorize(provider),
        "/token_endpoint": lambda: _token(provider),
        "/jwks_uri": lambda: {"keys": [KEY.as_dict(private=False)]},
        "/userinfo_endpoint": lambda: _userinfo(provider),
        "/end_session_endpoint": lambda: "<!doctype html><title>out</title><p>You are signed out of everything.</p>",
    }
    for path, view in views.items():
        app.add_url_rule(path, path.strip("/").replace(".", "_"), view, methods=["GET", "POST"])
    app.before_request(lambda: provider.seen.append(flask.request.path))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    provider.address = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
