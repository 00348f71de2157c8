"""Who may publish what: administrators everything, owners the next version of their processes, but nothing wider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.deploying.checking.checks import Examined
from engine.people.actors import Actor
from engine.people.machines.scopes import DEPLOY
from engine.storage.models import ProcessDefinition

# Who reads every case, who publishes, what is listed of a case, what customers may file: an owner alone does not widen these.
GUARDED = ("managers", "visible_to", "owners", "register", "public")


def require(session: Session, by: Actor, examined: Examined) -> None:
    """Refuses (Forbidden) to somebody who may not publish all of this.

    An owner publishes his processes with their forms and decisions; what belongs to no process is everybody's. A machine
    account that deploys for all processes publishes as an administrator made it to.
    """
    if by.is_administrator or (by.machine is not None and by.machine.has_all_of(DEPLOY)):
        return
    drawn = {
        program.process_id: resource.settings_of(program.process_id)
        for resource in examined.resources
        for program in examined.programs.get(resource.name, ())
    }
    if not drawn:
        raise errors.Forbidden("Only administrators may deploy.")
    for process_id, given in drawn.items():
        _require_one(session, by, process_id, given)


def changed(session: Session, before: Definition, given: Mapping[str, Any] | None) -> list[str]:
    """The guarded settings that differ from those of a version, by name; none where none were given."""
    if given is None:
        return []
    stored = session.get_one(ProcessDefinition, before.key).settings
    return [name for name in GUARDED if stored.get(name) != given.get(name)]


def _require_one(session: Session, by: Actor, process_id: str, given: Mapping[str, Any] | None) -> None:
    try:
        newest = definitions.latest(session, by.company_id, process_id)
    except errors.NotFound:
        raise errors.Forbidden("A new process is published by an administrator.") from None
    if not access.owns(by, newest):
        raise errors.Forbidden("The process “%(process)s” is not yours to publish.", process=newest.title)
    if names := changed(session, newest, given):
        raise errors.Forbidden("This changes %(names)s; that is published by an administrator.", names=", ".join(names))
