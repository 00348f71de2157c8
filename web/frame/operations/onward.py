"""Where somebody goes on after an act by which he may have lost sight of the case: an operator sees it only while it is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.people.actors import Actor
from engine.storage.models import Incident, ProcessInstance
from engine.verbs.running import incidents


@dataclass(frozen=True)
class OnwardWay:
    """The address and what is said there; both "" where the case itself can be shown."""

    address: str = ""
    said: str = ""


def retry(session: Session, by: Actor, incident: int, *, now: datetime) -> tuple[OnwardWay, bool]:
    """Tries once more what had stopped; where the person goes on and what is said there, and whether it has stopped again.

    Raises what `incidents.resolve` does.
    """
    row = session.get(Incident, incident)
    case = session.get(ProcessInstance, row.instance_key) if row is not None and row.instance_key is not None else None
    before = case.incidents if case is not None else 0
    incidents.resolve(session, by, incident, now=now)
    if case is None:
        return OnwardWay(said=_("It is being tried again.")), False
    key, act = case.key, _("Retry")
    way_on = after(session, by, key, act)
    case = session.get_one(ProcessInstance, key)
    if case.incidents >= before:
        return OnwardWay(said=_("%(number)s was tried again, and has stopped again.", number=case.number)), True
    return OnwardWay(way_on.address, _done(case, act)), False


def _done(case: ProcessInstance, act: str) -> str:
    return _("%(number)s: “%(act)s” is done. The case goes on.", number=case.number, act=act)


def after(session: Session, by: Actor, key: int, act: str) -> OnwardWay:
    """Where the person goes after an act on the case: to the incidents, told what was done, if the case is his to see no more."""
    session.flush()
    session.expire_all()
    instance = session.get_one(ProcessInstance, key)
    if access.may_see(session, by, instance):
        return OnwardWay()
    return OnwardWay(flask.url_for("incidents.index"), _done(instance, act))
