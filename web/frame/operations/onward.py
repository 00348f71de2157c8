"""Where somebody goes on after an act by which he may have lost sight of the case: an operator sees it only while it is stopped."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.cases.rights import access
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance


@dataclass(frozen=True)
class OnwardWay:
    """The address and what is said there; both "" where the case itself can be shown."""

    address: str = ""
    said: str = ""


def after(session: Session, by: Actor, key: int, act: str) -> OnwardWay:
    """Where the person goes after an act on the case: to the incidents, told what was done, if the case is his to see no more."""
    session.flush()
    session.expire_all()
    instance = session.get_one(ProcessInstance, key)
    if access.may_see(session, by, instance):
        return OnwardWay()
    said = _("%(number)s: “%(act)s” is done. The case goes on.", number=instance.number, act=act)
    return OnwardWay(flask.url_for("incidents.index"), said)
