"""Sessions of the pages: each begins with a sign-in, and ends on the server when its person says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import Person, SignIn

LIFETIME = timedelta(days=14)


def begin(session: Session, company_id: str, username: str, *, now: datetime) -> int:
    """A new session of the person; its key goes into the cookie."""
    row = SignIn(key=keys.new(), company_id=company_id, username=username, begun_at=now)
    session.add(row)
    session.flush()
    return row.key


def end(session: Session, by: Actor) -> None:
    """Ends the session that the person acts in; a cookie that somebody kept is worth nothing afterwards."""
    session.execute(delete(SignIn).where(*_of(by.company_id, by.username), SignIn.key == by.sign_in))


def end_all(session: Session, company_id: str, username: str, *, but: int | None = None) -> None:
    """Ends all sessions of a person and forgets remembered API credentials; `but` is the key of one that goes on.

    Whoever holds that one must get a new cookie, as the person's `session_epoch` is another one.
    """
    session.execute(delete(SignIn).where(*_of(company_id, username), SignIn.key != (but or 0)))
    mine = (Person.company_id == company_id, Person.username == username)
    session.execute(update(Person).where(*mine).values(session_epoch=Person.session_epoch + 1))


def forget(session: Session, *, now: datetime) -> None:
    """Removes sessions whose cookie is too old."""
    session.execute(delete(SignIn).where(SignIn.begun_at < now - LIFETIME))


def _of(company_id: str, username: str) -> tuple[ColumnElement[bool], ...]:
    return SignIn.company_id == company_id, SignIn.username == username
