"""A person as a program of the personnel office tells him: entered, changed, disabled, brought back in one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said, joined
from engine.cases import notices
from engine.people import posts, roles
from engine.people.actors import Actor
from engine.people.members import Member
from engine.storage.models import Person, RoleGrant
from engine.verbs.organisation import changing, leaving, persons
from engine.verbs.organisation.changing import OrganisationChange

LEFT = Said("{name}已由{by}停用", "{name} was disabled by {by}")
TO_HAND_OVER = Said(
    "尚有待办未移交：{tasks}。请在“组织”中打开此人的页面处理。",
    "Tasks that nobody has taken over: {tasks}. Please open this person's page under “Organisation”.",
)
NONE_LEFT = Said("没有需要移交的待办。", "There are no tasks to hand over.")


@dataclass(frozen=True)
class WantedPerson:
    """How a person is to be. `post` is the name of the main post; one that is not there yet is added."""

    values: persons.PersonValues
    is_active: bool = True
    post: str = ""
    external_id: str = ""


def enter(session: Session, by: Actor, username: str, wanted: WantedPerson, *, now: datetime) -> None:
    """A new person. Raises Forbidden, Conflict for a username that is taken, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        refusal = persons.username_fault(change.company, username)
        if refusal is not None:
            is_taken = username.casefold() in {each.casefold() for each in change.company.people}
            kind = errors.Conflict if is_taken else errors.Invalid
            raise kind(refusal.text, fields={"username": [refusal]}, **refusal.values)
        values = persons.check(change.company, replace(wanted.values, posts=()), None)
        persons.add(change, username, values.with_posts(_posts(change, wanted.post, ())), is_expected=not wanted.is_active)
        session.flush()
        change.person(username).external_id = changing.outside_key(wanted.external_id)


def alter(session: Session, by: Actor, username: str, wanted: WantedPerson, *, now: datetime) -> None:
    """Changes a person; one who is not active any more leaves at once, as by the page but with nobody who takes over.

    Claimed tasks go back to their groups; those that nobody else may do stay in his name, and administrators are told of
    them. Raises NotFound, Forbidden, Conflict for the last administrator, Invalid with `fields`.
    """
    with changing.change(session, by, now=now) as change:
        member = change.company.people.get(username)
        if member is None:
            raise errors.NotFound("There is no such person.")
        values = persons.check(change.company, replace(wanted.values, posts=()), username)
        persons.change_person(change, username, values.with_posts(_posts(change, wanted.post, member.posts)))
        row = change.person(username)
        row.external_id = changing.outside_key(wanted.external_id)
        if wanted.is_active and row.is_disabled:
            persons.bring_back(change, username)
        elif row.is_disabled is False and not wanted.is_active:
            _leave(change, row)


def _posts(change: OrganisationChange, named: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """The named post first; further posts of the person stay, the main one of before does not."""
    if not named:
        return ()
    named = changing.plain(named, "title")
    key = posts.by_name(change.session, change.company_id, [named])[named]
    return (key, *(each for each in before[1:] if each != key))


def _leave(change: OrganisationChange, row: Person) -> None:
    handed, left = leaving.hand_over(change, row, leaving.Plan(), is_strict=False)
    leaving.disable(change, row, handed)
    body = TO_HAND_OVER.of(tasks=joined(left)) if left else NONE_LEFT
    subject = LEFT.of(name=row.name, by=change.company.name_of(change.by.username))
    notices.send(change.session, change.company, _administrators(change, row), subject, body, now=change.now)


def _administrators(change: OrganisationChange, but: Member | Person) -> list[str]:
    mine = (RoleGrant.company_id == change.company_id, RoleGrant.role == roles.ORGANISATION)
    given = change.session.execute(select(RoleGrant.username).where(*mine)).scalars()
    return [each for each in dict.fromkeys([*change.company.administrators, *given]) if each != but.username]
