"""Whether the area of managers has anything for the reader: it is asked once a sign-in and kept in his cookie, no page pays for it."""

from __future__ import annotations

import flask
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.people import roles
from engine.people.actors import Actor
from engine.reporting import reports

KEPT = "sees_status"


def remember(session: Session, by: Actor) -> None:
    """Asks anew where somebody else has signed in, or the organisation has changed since, by which rights come and go."""
    mark = [by.company_id, by.username, by.organisation_version]
    if (flask.session.get(KEPT) or [None])[:-1] != mark:
        flask.session[KEPT] = [*mark, _sees_status(session, by)]


def found() -> None:
    """A page of the area has something for him after all, by a process that was published since."""
    if not sees_status():
        flask.session[KEPT] = [*flask.session[KEPT][:-1], True]


def sees_status() -> bool:
    """What was kept of the reader; nothing is held back where nobody has asked yet."""
    return bool((flask.session.get(KEPT) or [True])[-1])


def _sees_status(session: Session, by: Actor) -> bool:
    """Cases that he follows, or a report that somebody shares with him."""
    if by.reads_all or by.operates or by.scopes(roles.MANAGER):
        return True
    return bool(access.followed(session, by) or reports.known(session, by))
