"""One act on one case within a savepoint: done, or only tried and undone again; a refusal undoes all of it and is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exc
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases as cases_
from engine.cases import history, incident_rows
from engine.cases.cases import Surroundings
from engine.definitions import definitions
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance
from engine.verbs import operated
from engine.verbs.operating import acts
from engine.verbs.operating.acts import Given

SUCCEEDED, CONFLICT, REFUSED, FAILED = operated.SUCCEEDED, "conflict", "refused", "failed"
MOST_PLACES = 5
MAX_VALUE = 300
Outcome = tuple[str, dict[str, Any]]


class _Rehearsed(Exception):
    """What was tried is to be undone."""


def tried(
    session: Session, by: Actor, name: str, given: Given, reason: str, key: int, *, is_rehearsal: bool, now: datetime
) -> Outcome:
    """What becomes of one case, and what is said of it: where it stands then, or why not."""
    noted, told = history.mark(session), dict[str, Any]()
    try:
        with session.begin_nested(), operated.as_part(session):
            acts.find(name).perform(session, by, key, given, reason, now)
            told = _standing(session, by, key, now)
            if is_rehearsal:
                raise _Rehearsed
    except _Rehearsed:
        _undo(session, noted)
    except (errors.Unavailable, exc.OperationalError):
        raise  # the storage's trouble is not the case's: the job is tried again
    except Exception as error:
        _undo(session, noted)
        return _state(error), _worded(error)
    return SUCCEEDED, told


def _undo(session: Session, noted: int) -> None:
    history.forget_after(session, noted)
    session.expire_all()


def _state(error: Exception) -> str:
    if isinstance(error, errors.Conflict):
        return CONFLICT
    return REFUSED if isinstance(error, errors.Refusal) else FAILED


def _worded(error: Exception) -> dict[str, Any]:
    refusal = incident_rows.worded(error)
    first = next((faults[0] for faults in refusal.fields.values() if faults), refusal)
    return {"text": first.text, "values": {name: str(value)[:MAX_VALUE] for name, value in first.values.items()}}


def _standing(session: Session, by: Actor, key: int, now: datetime) -> dict[str, Any]:
    """Where the case stands afterwards: the names of its steps, or that it is over."""
    instance = session.get_one(ProcessInstance, key)
    if instance.state != "active":
        return {"ended": instance.state}
    elements = definitions.by_key(session, instance.definition_key).program.elements
    run = cases_.look_into(Surroundings(session, by, now), instance).run
    places = (elements[element] for _token, element, kind in run.places() if kind not in ("scope", "gateway"))
    return {"at": list(dict.fromkeys(each.name or each.id for each in places))[:MOST_PLACES]}
