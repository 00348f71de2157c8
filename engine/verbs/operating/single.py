"""One act on one case at once: what it would do is told first, from the same attempt that is then made for good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions
from engine.people.actors import Actor
from engine.verbs import grounds
from engine.verbs.operating import acts, rights, trying


def foresee(
    session: Session, by: Actor, key: int, name: str, given: Mapping[str, Any], reason: str, *, now: datetime
) -> trying.Outcome:
    """What the act would do; nothing is left of it. Raises as `do`; what the case itself refuses is told instead."""
    values, said = _checked(session, by, key, name, given, reason)
    return trying.tried(session, by, name, values, said, key, is_rehearsal=True, now=now)


def do(session: Session, by: Actor, key: int, name: str, given: Mapping[str, Any], reason: str, *, now: datetime) -> None:
    """Does it; it stands in the log by itself.

    Raises NotFound, Forbidden for who does not operate on the case; Invalid by name for an unknown act, what it is not given
    rightly, or no reason; and what the act raises.
    """
    values, said = _checked(session, by, key, name, given, reason)
    acts.find(name).perform(session, by, key, values, said, now)


def _checked(
    session: Session, by: Actor, key: int, name: str, given: Mapping[str, Any], reason: str
) -> tuple[dict[str, Any], str]:
    instance = grounds.seen(session, by, key)
    if not access.may_operate(session, by, instance.process_id):
        raise errors.Forbidden(rights.NOT_HIS)
    values = acts.checked(acts.find(name), given)
    if "target" in values:
        program = definitions.by_key(session, instance.definition_key).program
        grounds.require_step([program], str(values["target"]), "target")
    return values, grounds.reason(reason)
