"""Machine accounts: the secret itself or a token made with it, as `Authorization: Bearer`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
from itsdangerous import BadData, URLSafeSerializer

from engine.people.actors import Actor
from engine.people.credentials import passwords
from engine.people.machines import tokens
from engine.people.machines.tokens import Recognised
from web.account import auth
from web.frame import storage

GOOD_FOR = timedelta(hours=1)
SALT = "access token of a machine account"


def recognise(token: str) -> Actor:
    """Signs the account in for this request. 401 when nobody is known by the token; TooMany for who sent too many wrong ones."""
    return sign_in(known(token) or _made(token), token)


def sign_in(caller: Recognised | None, token: str) -> Actor:
    """Lets the account act in this request; a wrong secret is counted, against the account that it names and the address."""
    if caller is None:
        wrong(token)
        flask.abort(401)
    actor = caller.actor
    if caller.is_first:
        with storage.surroundings().database.transaction(actor.company_id) as session:
            tokens.used(session, actor, now=storage.now())
    flask.g.company = actor.company_id
    flask.g._login_user = auth.SignedIn(actor)
    return actor


def wrong(token: str) -> None:
    """Counts a wrong secret. Raises TooMany when there were too many, as for passwords; right ones are never counted."""
    address = flask.request.remote_addr or ""
    account = f"machine/{tokens.key_of(token) or address}"
    passwords.attempt(storage.surroundings().database, account, address, now=storage.now())


def known(token: str) -> Recognised | None:
    """Whose secret it is."""
    if not token.startswith(tokens.MARK):
        return None
    with storage.surroundings().database.reading() as session:
        return tokens.by_secret(session, token, now=storage.now())


def made_for(caller: Recognised, scopes: Iterable[str]) -> str:
    """A token for an hour with these scopes; worth nothing as soon as the account's secret is another one."""
    until = int((storage.now() + GOOD_FOR).timestamp())
    key = caller.actor.machine.key if caller.actor.machine else 0
    return _serializer().dumps([key, caller.mark, until, sorted(scopes)])


def _made(token: str) -> Recognised | None:
    try:
        key, mark, until, scopes = _serializer().loads(token)
    except (BadData, ValueError, TypeError):
        return None
    if datetime.fromtimestamp(until, UTC) <= storage.now():
        return None
    with storage.surroundings().database.reading() as session:
        caller = tokens.by_mark(session, key, mark, now=storage.now())
    return caller and replace(caller, actor=_narrowed(caller.actor, scopes))


def _narrowed(actor: Actor, scopes: Iterable[str]) -> Actor:
    machine: Any = actor.machine
    return replace(actor, machine=replace(machine, scopes=machine.scopes & frozenset(scopes)))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(flask.current_app.secret_key or "", salt=SALT)
