"""Who calls the API: a machine account's token, HTTP Basic with `company/username`, or the session of the pages with its CSRF token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

import flask
import flask_login
from werkzeug.datastructures import Authorization

from engine import errors
from engine.people import actors
from engine.signing_in import second_factors
from web.account import auth
from web.api.access import bearer
from web.frame import storage
from web.frame.http import csrf_tokens

REMEMBERED = timedelta(minutes=5)
KEPT = 1000
CHECKS = 64
SAFE = ("GET", "HEAD", "OPTIONS")
NEEDS_TOKEN = (
    "You sign in with a second factor, which no program can type: a password alone opens nothing here. Please use the token of"
    " a machine account instead."
)


class Remembered:
    """Credentials that were right a moment ago, as keyed digests; hashing a password costs too much for every call."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._until: OrderedDict[bytes, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._checks = [threading.Lock() for _ in range(CHECKS)]

    def digest(self, username: str, password: str) -> bytes:
        """What is kept of credentials."""
        return hmac.digest(self._secret, f"{username}\0{password}".encode(), hashlib.sha256)

    def epoch(self, digest: bytes, now: datetime) -> int | None:
        """The session epoch that the credentials were right for; None when they are unknown or too old."""
        with self._lock:
            until, epoch = self._until.get(digest, (now, 0))
        return epoch if until > now else None

    def checking(self, digest: bytes) -> threading.Lock:
        """Held while these credentials are looked at: a client that begins with many calls at once is checked once."""
        return self._checks[digest[0] % CHECKS]

    def keep(self, digest: bytes, epoch: int, now: datetime) -> None:
        """Remembers credentials that were found right."""
        with self._lock:
            self._until[digest] = (now + REMEMBERED, epoch)
            while len(self._until) > KEPT:
                self._until.popitem(last=False)


def _known() -> Remembered:
    """What this application remembers; another one in the same process knows other people."""
    remembered: Remembered = storage.surroundings().memory.setdefault(__name__, Remembered())
    return remembered


def recognise() -> None:
    """Signs the caller in for this request; 401 when nobody can be recognised."""
    authorization = flask.request.authorization
    if authorization is not None and authorization.type == "bearer":
        bearer.recognise(authorization.token or "")
        return
    if authorization is not None and authorization.type == "basic":
        actor = _by_password(authorization)
        flask.g.company = actor.company_id
        flask.g._login_user = auth.SignedIn(actor)
        return
    if not flask_login.current_user.is_authenticated:
        flask.abort(401)
    if flask.request.method not in SAFE:
        csrf_tokens.check(flask.request.headers.get("X-CSRFToken"))


def _by_password(authorization: Authorization) -> actors.Actor:
    username, password = authorization.username or "", authorization.password or ""
    digest = _known().digest(username, password)
    actor = _remembered(username, digest)
    if actor is not None:
        return actor
    with _known().checking(digest):
        return _remembered(username, digest) or _checked(username, password, digest)


def _remembered(named: str, digest: bytes) -> actors.Actor | None:
    epoch = _known().epoch(digest, storage.now())
    if epoch is None:
        return None
    company, _, username = named.partition("/")
    with storage.surroundings().database.reading(company) as session:
        actor = actors.load(session, company, username, now=storage.now())
    return actor if actor is not None and actor.session_epoch == epoch else None


def _checked(named: str, password: str, digest: bytes) -> actors.Actor:
    company, _, username = named.partition("/")
    try:
        actor, _provider = auth.checked(company, username, password)
    except errors.Forbidden:
        flask.abort(401)
    with storage.surroundings().database.reading(company) as session:
        if second_factors.is_asked(session, actor):
            raise errors.Forbidden(NEEDS_TOKEN)
    _known().keep(digest, actor.session_epoch, storage.now())
    return actor
