"""Sessions of a request: bound to the company of whoever is signed in, with that person known."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import flask
import flask_login
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import definitions
from engine.people import organisation
from engine.queries.records import record_pages
from engine.storage import database
from web.frame import i18n
from web.frame.http import own_areas

OWN_AREAS = (
    "auth",
    "password",
    "preferences",
    "second_factor",
)  # what a person sets for himself, whoever he is, also before anything else
NOTED_READINGS = ("records.show",)
READS_ALONE = "You are an auditor: you may read everything here, and change nothing."


class PasswordKnown(Exception):
    """Somebody else knows this person's password: nothing may be done but change it."""


@dataclass(frozen=True)
class Surroundings:
    """What a running application was made with: the database, the clock, the data folder; what it remembers, by its owner."""

    database: database.Database
    clock: Callable[[], datetime]
    data: Path
    memory: dict[str, Any] = field(default_factory=dict)


def surroundings() -> Surroundings:
    """Those of the application that answers this request."""
    around: Surroundings = flask.current_app.extensions["banjie"]
    return around


def now() -> datetime:
    """The moment of this request, the same for all it does."""
    if "now" not in flask.g:
        flask.g.now = surroundings().clock()
    moment: datetime = flask.g.now
    return moment


def company() -> str | None:
    """The company of the person that the session cookie names, or that the API's credentials named."""
    named: str | None = flask.g.get("company") or flask.session.get("_user_id", "").partition("/")[0]
    return named or None


@contextlib.contextmanager
def reading(*, to_change: bool = False) -> Iterator[Session]:
    """A session for a page that only shows; `to_change` where it shows nothing but a form, which is nothing for auditors."""
    with surroundings().database.reading(company()) as session:
        session.info[definitions.LANGUAGE] = reader()
        _recognise(session)
        if to_change:
            _refuse_auditor()
        session.info[definitions.SHARED] = _shared_words(session)
        if reader() is not None:
            own_areas.remember(session, flask_login.current_user.actor)
        yield session


def _shared_words(session: Session) -> Mapping[str, str]:
    """What the company says in the reader's language, beside what each of its processes says."""
    if session.info[definitions.LANGUAGE] is None:
        return {}
    by = flask_login.current_user.actor
    return organisation.at_version(session, by.company_id, by.organisation_version).words


def reader() -> str | None:
    """The language in which processes speak to whoever reads the page; None for programs, whom they tell what is stored."""
    return None if flask.request.path.startswith("/v2/") else i18n.language()


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """The one transaction of a request that changes something."""
    with surroundings().database.transaction(company()) as session:
        _recognise(session)
        _refuse_auditor()
        yield session


def _refuse_auditor() -> None:
    """An auditor changes nothing by any route, but his own account; reading a record notes that he did."""
    is_own = flask.request.blueprint in OWN_AREAS or flask.request.endpoint in NOTED_READINGS
    if flask_login.current_user.actor.is_auditor and not is_own:
        raise errors.Forbidden(READS_ALONE)


def _recognise(session: Session) -> None:
    """Loads the person within this session, so that a request needs no second connection for it."""
    flask.g.session = session
    try:
        if not flask_login.current_user.is_authenticated:
            flask.abort(401)
        if flask_login.current_user.actor.must_change_password and flask.request.blueprint not in OWN_AREAS:
            raise PasswordKnown
        flask.g.reads_records = record_pages.is_offered(session, flask_login.current_user.actor)
    finally:
        flask.g.pop("session")
