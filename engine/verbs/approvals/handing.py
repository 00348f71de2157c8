"""Handing a task on for good [转办]: by whoever holds it; the new person's decision counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases.rights.holding import HANDED, HAS_PART, acting
from engine.people import resolve
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import WorkItem
from engine.verbs import grounds, kept_forms
from engine.verbs.approvals import held_tasks, votes, voting
from engine.verbs.approvals.held_tasks import Held

SUBJECT = Said("转办给您：{name}（{number}）", "Passed on to you: {name} ({number})")
BODY = Said("{who}将“{title}”的环节“{name}”转给您办理。{reason}", "{who} passed “{name}” of “{title}” on to you. {reason}")
TRANSFERRED = "transferred"  # why the part of whoever handed it on is over


def transfer(session: Session, by: Actor, key: int, username: str, reason: str, *, now: datetime) -> None:
    """Gives the person's own part of an open task to somebody else; it keeps its weight and who held it first.

    What was offered to several is claimed by it. What was saved of the form goes along, without the opinion. It stays in the list of what the person has handled, though he has decided nothing. Raises NotFound, Forbidden (also
    where the step does not offer it); Conflict when it is done or held up; Invalid by field without a reason,
    for an unknown person, oneself, one who must not act here or has a part in it, and for the initiator of an approval.
    """
    held = held_tasks.lock(session, by, key, now)
    mine = held_tasks.part(held)
    held_tasks.require_offered(held, "transfer")
    given = grounds.reason(reason)
    instead, who = held.in_place_of(mine), held.actor(mine)
    votes.take(held, mine)
    _check(held, mine, username)
    before = mine.username
    left = remnant(held, mine, TRANSFERRED, held.by.username)
    session.add(left)
    held.task.parts += 1
    opinion = kept_forms.go_along(session, mine, username)
    left.draft = {kept_forms.OPINION: opinion} if opinion else None
    kept_forms.bring_back(held.items, mine, username)
    mine.username, mine.claimed_at, mine.opened_at = username, now, None
    mine.reason = resolve.given_by(by.username)
    if held.task.assignee == before:
        held.task.assignee = username
    held.note("transferred", before=before, to=username, reason=given, **instead)
    held_tasks.store(held)
    told = {"name": held.task.name, "title": held.instance.title, "number": held.instance.number}
    subject, body = SUBJECT.of(**told), BODY.of(who=who, reason=given, **told)
    held.tell_of_it([username], subject, body)


def _check(held: Held, mine: WorkItem, username: str) -> None:
    name = held.name(username)
    if (bar := held.receivers.bar(username)) is not None:
        _refuse(bar.text, **bar.values)
    if username in (mine.username, held.by.username):
        _refuse("%(name)s holds this task already.", name=name)
    if username in acting(item for item in held.items if item is not mine):
        _refuse(HAS_PART, name=name)


def _refuse(text: str, **values: object) -> None:
    raise errors.Invalid(text, fields={"person": [errors.Refusal(text, fields=None, **values)]}, **values)


def remnant(held: Held, mine: WorkItem, note: str, done_by: str | None) -> WorkItem:
    """What stays with whoever hands it on or delegates it (`note`): no voter, nothing he has acted on, but a line in his list."""
    return WorkItem(
        key=keys.new(),
        company_id=mine.company_id,
        user_task_key=mine.user_task_key,
        instance_key=mine.instance_key,
        username=mine.username,
        state=voting.CLOSED,
        sort_due=mine.sort_due,
        process_id=held.task.process_id,
        department=held.instance.initiator_department,
        created_at=mine.created_at,
        claimed_at=mine.claimed_at,
        claimed_from=mine.claimed_from,
        done_at=held.now,
        done_by=done_by,
        first_owner=mine.first_owner or mine.username,
        position=HANDED,
        parent_key=None,
        note=note,
    )
