"""What is entered before its day: joining, moving, leaving; done at the beginning of the day in the company's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.people.actors import SYSTEM, Actor
from engine.storage import jobs, keys
from engine.storage.models import PlannedChange, dumps
from engine.verbs.organisation import changing, leaving, persons
from engine.verbs.organisation.changing import OrganisationChange, fault

JOIN, MOVE, LEAVE = "join", "move", "leave"
KINDS = (JOIN, MOVE, LEAVE)
JOB = "people.change"
LAST_YEAR = 9000
STILL_OPEN = "Nobody could take over: %(tasks)s."


def plan(session: Session, by: Actor, username: str, kind: str, day: date, values: Mapping[str, Any], *, now: datetime) -> int:
    """Enters a change for a day to come; gives its key. One of a kind waits for a person at most: the new one stays.

    `values` of a move: `department`, `posts`, `superior`; of leaving: `successor`. Raises NotFound, Forbidden, Invalid.
    """
    with changing.change(session, by, now=now) as change:
        if username not in change.company.people:
            raise errors.NotFound("There is no such person.")
        if starts(change.company.time_zone, day) <= now or day.year > LAST_YEAR:
            raise fault("day", "Please choose a day to come.")
        _check(change, username, kind, values)
        return enter(change, username, kind, day, values)


def enter(change: OrganisationChange, username: str, kind: str, day: date, values: Mapping[str, Any]) -> int:
    """Stores a change that was checked, within one that is under way.

    Raises Forbidden for an administrator's leaving, Conflict for that of the last one.
    """
    if kind == LEAVE:
        leaving.require_may_go(change, change.person(username))
        if set(change.company.administrators) == {username}:
            raise errors.Conflict(changing.LAST)
    for other in _waiting(change, username, kind):
        other.state = "dropped"
    row = PlannedChange(
        key=keys.new(),
        company_id=change.company_id,
        username=username,
        kind=kind,
        day=day,
        values=dict(values),
        entered_by=change.by.username,
        entered_at=change.now,
    )
    change.session.add(row)
    begin = starts(change.company.time_zone, day)
    jobs.enqueue(change.session, JOB, {"key": row.key}, company_id=change.company_id, run_at=begin)
    name = change.company.name_of(username)
    change.note("change_planned", f"person:{username}", name=name, change=kind, day=day.isoformat(), values=dict(values))
    return row.key


def drop(session: Session, by: Actor, key: int, *, now: datetime) -> str:
    """Takes back a change that was not done yet; gives whose it was. Raises NotFound, Forbidden, Conflict."""
    with changing.change(session, by, now=now) as change:
        row = session.get(PlannedChange, key)
        if row is None or row.company_id != by.company_id:
            raise errors.NotFound("There is no such change.")
        if row.state != "planned":
            raise errors.Conflict("This change is done already, or was taken back.")
        row.state = "dropped"
        subject = f"person:{row.username}"
        change.note(
            "change_dropped", subject, name=change.company.name_of(row.username), change=row.kind, day=row.day.isoformat()
        )
    return row.username


@jobs.job(JOB)
def carry_out(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Does a planned change whose day has come; one that cannot be done any more is kept with the reason.

    A leaver is out on his day also where the successor must not get what he held: then it goes to nobody.
    """
    row = session.get(PlannedChange, payload["key"], with_for_update=True)
    if row is None or row.state != "planned":
        return
    refusal = _tried(session, row, now, str(row.values.get("successor") or ""))
    if isinstance(refusal, errors.Forbidden) and row.kind == LEAVE:
        refusal = _tried(session, row, now, "")
    if refusal is not None:
        row.state, row.note = (
            "failed",
            dumps([refusal.text, {name: sayings.both(value) for name, value in refusal.values.items()}]),
        )


def _tried(session: Session, row: PlannedChange, now: datetime, successor: str) -> errors.Refusal | None:
    """Why it could not be done; nothing of it is stored then."""
    try:
        with session.begin_nested():
            row.note = _done(session, row, now, successor)
            row.state = "done"
    except errors.Refusal as refusal:
        session.refresh(row)
        return refusal
    return None


def starts(time_zone: str, day: date) -> datetime:
    """When a day begins in the company's zone."""
    return datetime.combine(day, time(), ZoneInfo(time_zone))


def _done(session: Session, row: PlannedChange, now: datetime, successor: str) -> str:
    with changing.change(session, SYSTEM(row.company_id), now=now, behind=row.entered_by) as change:
        if row.kind == JOIN:
            persons.bring_back(change, row.username)
        elif row.kind == MOVE:
            _move(change, row)
        else:
            return _leave(change, row, successor)
    return ""


def _move(change: OrganisationChange, row: PlannedChange) -> None:
    wanted = _moved(persons.values_now(change.company.people[row.username]), row.values)
    persons.change_person(change, row.username, persons.check(change.company, wanted, row.username))


def _leave(change: OrganisationChange, row: PlannedChange, successor: str) -> str:
    person = change.person(row.username)
    if person.is_disabled:
        return ""
    may_get = change.company.is_active(successor) and successor != change.oneself
    plan_ = leaving.Plan(successor if may_get else "")
    handed, left = leaving.hand_over(change, person, plan_, is_strict=False)
    row.state = "done"  # before the person's other changes are dropped
    change.session.flush()
    leaving.disable(change, person, handed)
    return dumps([STILL_OPEN, {"tasks": "、".join(left)}]) if left else ""


def _moved(before: persons.PersonValues, values: Mapping[str, Any]) -> persons.PersonValues:
    posts = tuple(values.get("posts", before.posts))
    department, superior = values.get("department", before.department), values.get("superior", before.superior)
    return replace(before, department=department or "", superior=superior or "", posts=posts)


def _check(change: OrganisationChange, username: str, kind: str, values: Mapping[str, Any]) -> None:
    person = change.company.people[username]
    if kind not in KINDS:
        raise fault("kind", "There is no such change.")
    if kind == JOIN and not person.is_disabled:
        raise errors.Conflict("%(name)s is not disabled.", name=person.name)
    if kind == LEAVE and person.is_disabled:
        raise errors.Conflict("%(name)s is disabled already.", name=person.name)
    successor = str(values.get("successor") or "")
    if successor and (successor == username or not change.company.is_active(successor)):
        raise fault("successor", "There is no person “%(name)s” who could act.", name=change.company.name_of(successor))
    for name in (successor, str(values.get("superior") or "")):
        change.refuse_own(name)
    if kind == MOVE:
        wanted = persons.check(change.company, _moved(persons.values_now(person), values), username)
        led = {name: each.superior for name, each in change.company.people.items()} | {username: wanted.superior}
        changing.refuse_circle(change.company, username, led)


def _waiting(change: OrganisationChange, username: str, kind: str) -> list[PlannedChange]:
    row = PlannedChange
    mine = (row.company_id == change.company_id, row.username == username, row.kind == kind, row.state == "planned")
    return list(change.session.execute(select(row).where(*mine)).scalars())
