"""One act on one case within a savepoint: done, or only tried and undone again; a refusal undoes all of it and is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import exc, select
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.cases import cases as cases_
from engine.cases import history, incident_rows
from engine.cases.cases import Surroundings
from engine.definitions import definitions
from engine.operations import attempts
from engine.people.actors import Actor
from engine.storage.models import Incident, Job, ProcessInstance
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
            stopped = set(_incidents(session, key))
            acts.find(name).perform(session, by, key, given, reason, now)
            told = _standing(session, by, key, now) | _stops(session, key, stopped)
            if is_rehearsal:
                told |= {} if "stops" in told else _in_the_background(session, by, key, now)
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


def _incidents(session: Session, key: int) -> dict[int, Incident]:
    """The open incidents of the whole tree of a case, by key."""
    root = select(ProcessInstance.root_key).where(ProcessInstance.key == key).scalar_subquery()
    cases = select(ProcessInstance.key).where(ProcessInstance.root_key == root)
    rows = session.execute(select(Incident).where(Incident.instance_key.in_(cases), Incident.state == "open"))
    return {each.key: each for each in rows.scalars()}


def _stops(session: Session, key: int, before: Collection[int]) -> dict[str, Any]:
    """The first incident that there was not before: where the case stops, and why."""
    new = [each for each in _incidents(session, key).values() if each.key not in before]
    if not new:
        return {}
    told = min(new, key=lambda each: each.key)
    values = {name: str(value)[:MAX_VALUE] for name, value in told.values.items() if name not in incident_rows.NOT_SAID}
    instance = session.get_one(ProcessInstance, told.instance_key)
    program = definitions.by_key(session, instance.definition_key).program
    return {"stops": {"text": told.message, "values": values, "step": _place(program, told.element_id or "")}}


def _in_the_background(session: Session, by: Actor, key: int, now: datetime) -> dict[str, Any]:
    """What the work that is done next would refuse, where that is known here; else the steps whose success cannot be foreseen.

    An operation of our own that needs nothing made beforehand is tried; a worker's is not, and neither is what leaves the house.
    """
    instance, row = session.get_one(ProcessInstance, key), Job
    mine = (row.instance_key == key, row.state == "open", row.token.is_not(None), row.run_at <= now)
    waiting = session.execute(select(row).where(*mine).order_by(row.key)).scalars().all() if instance.state == "active" else []
    if not waiting:
        return {}
    case = cases_.take_up(Surroundings(session, by, now), instance)
    elements, unknown = case.definition.program.elements, list[Any]()
    for job in (each for each in waiting if each.element_id in elements):
        element, work = elements[job.element_id or ""], runtime.AwaitedJob(job.type, job.headers, job.payload)
        if attempts.has_order(job.type) or not attempts.is_known(job.type):
            unknown.append(_place(case.definition.program, element.id))
            continue
        try:
            attempts.attempt(case, element, work, token=job.token or "", job_key=job.key)
        except attempts.BpmnError:
            unknown.append(_place(case.definition.program, element.id))
        except errors.Refusal as refusal:
            return {"stops": {**_worded(refusal), "step": _place(case.definition.program, element.id)}}
    return {"unforeseen": unknown[:MOST_PLACES]} if unknown else {}


def _place(program: runtime.Program, element_id: str) -> Any:
    """What people call an element: its name; for one without, {"after": the nearest name before it}."""
    element = program.elements.get(element_id)
    if element is not None and element.name:
        return element.name
    seen, here = {element_id}, [element_id]
    while here:
        here = [each for at in here for each in runtime.before(program, at) if each not in seen]
        seen |= set(here)
        for each in here:
            if program.elements[each].name:
                return {"after": program.elements[each].name}
    return {"after": ""}


def _standing(session: Session, by: Actor, key: int, now: datetime) -> dict[str, Any]:
    """Where the case stands afterwards: the names of its steps, or that it is over and at which end."""
    instance = session.get_one(ProcessInstance, key)
    program = definitions.by_key(session, instance.definition_key).program
    if instance.state != "active":
        ends = [program.elements[each] for each in (instance.end_event or "").split(",") if each in program.elements]
        named = "、".join(each.name for each in ends if each.name)
        return (
            {"ended": instance.state}
            | ({"end": named} if named else {})
            | ({"as": instance.ended_as} if instance.ended_as else {})
        )
    run = cases_.look_into(Surroundings(session, by, now), instance).run
    places = [_place(program, element) for _token, element, kind in run.places() if kind not in ("scope", "gateway", "join")]
    return {"at": [each for number, each in enumerate(places) if each not in places[:number]][:MOST_PLACES]}
