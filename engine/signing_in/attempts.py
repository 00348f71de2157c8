"""Trying a way to sign in without signing in: what was asked, and what came of it, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import errors
from engine.signing_in import declared, providers
from engine.signing_in.providers import Provider

ANSWERED = "%(address)s answered, and calls itself as it was entered here."
ENDPOINTS = "The addresses for signing in, for the token and for the keys can be asked."
NO_ENDPOINT = "It names no address that can be asked for %(name)s."
KEYS = "%(n)s keys are published, with which its answers are checked."
NO_KEYS = "It publishes no keys: no answer of it could be believed."
CODE = "It knows the way of signing in that is used here (authorization code, PKCE S256)."
NO_CODE = "It does not offer %(name)s, without which nobody can sign in here."
SCOPES = "It knows the scopes that are asked for."
NO_SCOPE = "It does not know the scope %(name)s."
NOT_TRIED = "Client id, secret and the address to come back to were not tried: only a sign-in shows whether they are right."
KNOWN = "%(address)s answered and knows the application by its id and secret."
NOT_KNOWN = "%(address)s answered, but does not know the application by this id and secret (code %(code)s)."
WAY_NOT_TRIED = (
    "Whether the address to come back to is entered there, and what it tells of people, was not tried: only a sign-in shows it."
)
BOUND = "%(address)s answered and lets Banjie look people up."
SOMEBODY = "Below the base the filter for all people finds somebody."
NOBODY = "Below the base the filter for all people finds nobody."
TOLD = "It tells %(name)s of people, by which they are found here."
NOT_TOLD = "It does not tell %(name)s of people, by which they are found here."
FOUND_AGAIN = "The filter for who signs in finds one of these people by the username."
NOT_FOUND_AGAIN = "The filter for who signs in does not find one of these people by the username."
PASSWORD_NOT_TRIED = "People's passwords were not tried: only a sign-in shows whether they are right."


SAYS_TO_ADMINISTRATORS = {  # what a refusal means that others are told to bring to them
    "directory.NOT_TRUSTED": (
        "The certificate of %(provider)s is not trusted. Please paste it under “Trusted certificates”, or look whether the address "
        "names the host that it is for."
    ),
    "directory.NOT_LET_IN": "%(provider)s refuses the account that looks people up. Please check its Bind DN and password.",
    "directory.NOT_FOUND": "%(provider)s has nothing under %(base)s. Please check the Base DN.",
    "directory.BAD_FILTER": "%(provider)s does not understand a filter. Please check both filters.",
    "oidc.OTHER_ISSUER": (
        "Under its address %(provider)s calls itself by another name. Please enter the issuer exactly as it calls itself."
    ),
    "calls.NOT_UNDERSTOOD": "The answer of %(provider)s could not be understood. Please check the address.",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, in words; None whether it is well for what could not be tried."""

    words: errors.Refusal
    is_well: bool | None = True


def attempt(provider: Provider, *, seconds: float) -> list[Finding]:
    """What was found. Raises Unavailable where nothing answers as it is set up."""
    if provider.kind == declared.LDAP:
        return list(_of_directory(provider, seconds))
    if provider.kind == declared.OIDC:
        return list(_of_oidc(provider, seconds))
    return list(_of_office(provider, seconds))


def for_administrators(refusal: errors.Refusal) -> errors.Refusal:
    """The refusal as it helps whoever set the provider up, and can mend it."""
    for place, text in SAYS_TO_ADMINISTRATORS.items():
        module, name = place.split(".")
        if refusal.text == getattr(providers.speaking(module), name):
            return errors.Refusal(text, fields=None, **refusal.values)
    return refusal


def _well(text: str, **values: object) -> Finding:
    return Finding(errors.Refusal(text, fields=None, **values))


def _wrong(text: str, **values: object) -> Finding:
    return Finding(errors.Refusal(text, fields=None, **values), is_well=False)


def _of_directory(provider: Provider, seconds: float) -> Iterator[Finding]:
    finding = providers.speaking("directory").attempt(provider, seconds=seconds)
    yield _well(BOUND, address=provider.setting("server"))
    yield _well(SOMEBODY) if finding.has_people else _wrong(NOBODY)
    if finding.has_people:
        name = provider.setting(f"from_{provider.setting('matches')}")
        yield _well(TOLD, name=name) if finding.known_by else _wrong(NOT_TOLD, name=name)
        yield _well(FOUND_AGAIN) if finding.is_found_again else _wrong(NOT_FOUND_AGAIN)
    yield Finding(errors.Refusal(PASSWORD_NOT_TRIED), is_well=None)


def _of_oidc(provider: Provider, seconds: float) -> Iterator[Finding]:
    told = providers.speaking("oidc").discovered(provider, seconds=seconds)
    yield _well(ANSWERED, address=provider.setting("issuer"))
    missing = [
        name
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if declared.address_fault(str(told.get(name) or "")) is not None
    ]
    yield from (_wrong(NO_ENDPOINT, name=name) for name in missing)
    if not missing:
        yield _well(ENDPOINTS)
    if "jwks_uri" not in missing:
        yield _of_keys(provider, str(told["jwks_uri"]), seconds)
    yield from _of_ways(told)
    yield from _of_scopes(provider, told)
    yield Finding(errors.Refusal(NOT_TRIED), is_well=None)


def _of_office(provider: Provider, seconds: float) -> Iterator[Finding]:
    try:
        providers.speaking("offices").attempt(provider, seconds=seconds)
        yield _well(KNOWN, address=provider.setting("api"))
    except errors.Forbidden as refusal:
        yield _wrong(NOT_KNOWN, address=provider.setting("api"), code=refusal.values["code"])
    yield Finding(errors.Refusal(WAY_NOT_TRIED), is_well=None)


def _of_keys(provider: Provider, address: str, seconds: float) -> Finding:
    try:
        published = providers.speaking("calls").json_of(provider.name, "GET", address, seconds=seconds).get("keys")
    except errors.Unavailable:
        published = None
    return _well(KEYS, n=len(published)) if isinstance(published, list) and published else _wrong(NO_KEYS)


def _of_ways(told: Mapping[str, Any]) -> Iterator[Finding]:
    """What a provider leaves out of its description is not held against it: Discovery 1.0, clause 3, has defaults."""
    lacking = [
        wanted
        for name, wanted in (("response_types_supported", "code"), ("code_challenge_methods_supported", "S256"))
        if isinstance(told.get(name), list) and wanted not in told[name]
    ]
    yield from (_wrong(NO_CODE, name=name) for name in lacking)
    if not lacking:
        yield _well(CODE)


def _of_scopes(provider: Provider, told: Mapping[str, Any]) -> Iterator[Finding]:
    known = told.get("scopes_supported")
    if not isinstance(known, list):
        return
    lacking = [each for each in str(provider.setting("scopes")).split() if each not in known]
    yield from (_wrong(NO_SCOPE, name=name) for name in lacking)
    if not lacking:
        yield _well(SCOPES)
