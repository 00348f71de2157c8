"""Signing in by OpenID Connect: discovery, authorization code with PKCE, the ID token held against all that it must say.

OpenID Connect Core 1.0, clauses 3.1 and 3.1.3.7; Discovery 1.0; RFC 7636 (PKCE); RFC 9207 (`iss` of the answer).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jwk import KeySet

from engine import errors
from engine.signing_in import declared
from engine.signing_in.providers import Provider
from engine.signing_in.states import Begun
from engine.signing_in.ways import calls

LEEWAY_SECONDS = 60  # between two clocks
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
AUTHENTICATION = ("client_secret_basic", "client_secret_post")
WRONG: dict[str, str] = {
    "iss": "%(provider)s answered in the name of another issuer. You are not signed in.",
    "aud": "%(provider)s answered for another application. You are not signed in.",
    "azp": "%(provider)s answered for another application. You are not signed in.",
    "nonce": "%(provider)s answered to another sign-in. You are not signed in.",
}
EXPIRED = "The answer of %(provider)s is out of date. Please check the clocks, and sign in again."
FORGED = "The answer of %(provider)s is not signed by it. You are not signed in."
INCOMPLETE = "The answer of %(provider)s is not what was asked for (%(claim)s). You are not signed in."
REFUSED = "%(provider)s did not let you in: %(why)s."
OTHER_ISSUER = "Under its address %(provider)s calls itself by another name. Please tell your administrator."


def address(provider: Provider, begun: Begun, back: str, *, seconds: float) -> str:
    """Where the browser is sent; `back` is our address that it comes back to. Raises Unavailable."""
    endpoints = discovered(provider, seconds=seconds)
    client = _client(provider, endpoints, back)
    where, _state = client.create_authorization_url(
        _endpoint(provider, endpoints, "authorization_endpoint"),
        state=begun.state,
        nonce=begun.nonce,
        code_verifier=begun.verifier,
    )
    return str(where)


def claims(
    provider: Provider, begun: Begun, back: str, answer: Mapping[str, str], *, now: datetime, seconds: float
) -> dict[str, Any]:
    """What the provider says of who signed in; `answer` is the query that the browser came back with.

    Raises Forbidden for an answer that is refused or must not be believed, Unavailable when the provider does not answer.
    """
    endpoints = discovered(provider, seconds=seconds)
    if answer.get("iss", endpoints["issuer"]) != endpoints["issuer"]:
        raise errors.Forbidden(WRONG["iss"], provider=provider.name)
    if answer.get("error") or not answer.get("code"):
        raise errors.Forbidden(REFUSED, provider=provider.name, why=_plain(answer))
    token = _token(provider, endpoints, begun, back, answer["code"], seconds)
    told = _believed(provider, endpoints, begun, token, now, seconds)
    missing = [
        name for name in declared.TOLD if provider.setting(f"from_{name}") and provider.setting(f"from_{name}") not in told
    ]
    if missing and endpoints.get("userinfo_endpoint"):
        told = {**_further(provider, endpoints, token, told, seconds), **told}
    return told


def discovered(provider: Provider, *, seconds: float) -> dict[str, Any]:
    """What the provider tells of itself. Raises Unavailable, also for one that calls itself by another name."""
    issuer = str(provider.setting("issuer"))
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    endpoints = calls.json_of(provider.name, "GET", address, seconds=seconds)
    if endpoints.get("issuer") != issuer:
        raise errors.Unavailable(OTHER_ISSUER, provider=provider.name)
    return endpoints


def way_out(provider: Provider, back: str, *, seconds: float) -> str:
    """Where the browser ends its session with the provider (RP-Initiated Logout 1.0); `back` where that has none."""
    end = discovered(provider, seconds=seconds).get("end_session_endpoint")
    if not end or declared.address_fault(str(end)) is not None:
        return back
    return f"{end}?{urlencode({'client_id': provider.setting('client_id'), 'post_logout_redirect_uri': back})}"


def _client(provider: Provider, endpoints: Mapping[str, Any], back: str) -> Any:
    supported = endpoints.get("token_endpoint_auth_methods_supported") or AUTHENTICATION
    return OAuth2Session(
        provider.setting("client_id"),
        provider.secret,
        scope=provider.setting("scopes"),
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method=next((each for each in AUTHENTICATION if each in supported), AUTHENTICATION[0]),
    )


def _endpoint(provider: Provider, endpoints: Mapping[str, Any], name: str) -> str:
    address = str(endpoints.get(name) or "")
    if declared.address_fault(address) is not None:
        raise errors.Unavailable(calls.NOT_UNDERSTOOD, provider=provider.name)
    return address


def _token(
    provider: Provider, endpoints: Mapping[str, Any], begun: Begun, back: str, code: str, seconds: float
) -> Mapping[str, Any]:
    """What the code is exchanged for."""
    where = _endpoint(provider, endpoints, "token_endpoint")
    try:
        token: Mapping[str, Any] = _client(provider, endpoints, back).fetch_token(
            where,
            code=code,
            code_verifier=begun.verifier,
            grant_type="authorization_code",
            timeout=seconds,
            allow_redirects=False,
        )
    except OAuthError as error:
        raise errors.Forbidden(REFUSED, provider=provider.name, why=_plain({"error": str(error.error)})) from error
    except requests.RequestException as error:
        raise errors.Unavailable(calls.NO_ANSWER, provider=provider.name) from error
    except ValueError as error:
        raise errors.Unavailable(calls.NOT_UNDERSTOOD, provider=provider.name) from error
    return token


def _believed(
    provider: Provider, endpoints: Mapping[str, Any], begun: Begun, token: Mapping[str, Any], now: datetime, seconds: float
) -> dict[str, Any]:
    """The claims of the ID token, once its signature and all that it must say are right."""
    published = calls.json_of(provider.name, "GET", _endpoint(provider, endpoints, "jwks_uri"), seconds=seconds)
    client_id = provider.setting("client_id")
    wanted: Any = {
        "iss": {"essential": True, "value": endpoints["issuer"]},
        "aud": {"essential": True, "value": client_id},
        "nonce": {"essential": True, "value": begun.nonce},
    }
    try:
        decoded = jwt.decode(str(token.get("id_token") or ""), KeySet.import_key_set(published), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        params = {"nonce": begun.nonce, "client_id": client_id, "access_token": token.get("access_token")}
        told = CodeIDToken(decoded.claims, decoded.header, wanted, params)
        told.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except ExpiredTokenError as error:
        raise errors.Forbidden(EXPIRED, provider=provider.name) from error
    except ClaimError as error:
        raise _wrong(provider, error) from error
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise errors.Forbidden(FORGED, provider=provider.name) from error
    return dict(told)


def _wrong(provider: Provider, error: ClaimError) -> errors.Forbidden:
    claim = str(error.claim)
    if claim in ("iat", "nbf"):
        return errors.Forbidden(EXPIRED, provider=provider.name)
    text = WRONG.get(claim)
    return (
        errors.Forbidden(text, provider=provider.name)
        if text
        else errors.Forbidden(INCOMPLETE, provider=provider.name, claim=claim[:40])
    )


def _further(
    provider: Provider, endpoints: Mapping[str, Any], token: Mapping[str, Any], told: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    """What the provider tells when it is asked for the person; it must be the same one (Core 1.0, 5.3.2)."""
    where = _endpoint(provider, endpoints, "userinfo_endpoint")
    head = {"Authorization": f"Bearer {token.get('access_token')}"}
    more = calls.json_of(provider.name, "GET", where, seconds=seconds, headers=head)
    if more.get("sub") != told.get("sub"):
        raise errors.Forbidden(INCOMPLETE, provider=provider.name, claim="sub")
    return more


def _plain(answer: Mapping[str, str]) -> str:
    """The provider's own word for a refusal, short and in plain letters, as it goes into a sentence and the log."""
    text = answer.get("error_description") or answer.get("error") or "?"
    return "".join(each for each in text if each.isprintable())[:120].rstrip(".。")
