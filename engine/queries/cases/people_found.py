"""Finding people to choose, by name, pinyin initials, username or department; who is away says so, and who stands in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters import pinyin
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access, recusal
from engine.cases.rights.holding import HAS_PART, acting
from engine.people import absences, organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import UserTask, WorkItem
from engine.verbs import grounds
from engine.verbs.approvals import receiving

MOST = 20


@dataclass(frozen=True)
class FoundActor:
    """Somebody to choose; of a group `members` says how many it has. `called` names him alone behind an @: his name, or of several of that name his username.

    `bar` is why he cannot be given the task, or be shown the case, that somebody is looked for."""

    username: str
    name: str
    department: str
    members: int = 0
    away: absences.Absence | None = None
    called: str = ""
    bar: errors.Refusal | None = None


def find(
    session: Session,
    by: Actor,
    text: str,
    chosen: Collection[str] = (),
    *,
    with_groups: bool = False,
    without_me: bool = False,
    reading: int | None = None,
    whole_groups: bool = False,
    getting: int | None = None,
    most: int = MOST,
    now: datetime,
) -> list[FoundActor]:
    """Those who are chosen already, then at most `most` that the text fits; nobody else without one.

    `without_me`: the person who chooses is not among them, where choosing oneself is refused. `reading` is the key of a case
    that they are to read, `getting` that of a task that one of them is to be given: those who cannot be are among them, with
    the reason; so is a group of nobody else whom the case does not keep away, with `whole_groups` one that has such a member. Raises NotFound for a case, or the case of a task, that the person may not know of.
    """
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    names = [name for name in dict.fromkeys(chosen) if name in company.people or name in company.groups]
    if text.strip():
        kept_out = {*names, by.username} if without_me else set(names)
        fitting = [name for name in _fitting(company, text.strip(), with_groups) if name not in kept_out]
        names += fitting[:most]
    people = [name for name in names if name in company.people]
    away, bars = absences.now_away(session, company, people, now=now), _bars(session, by, company, people, getting)
    if reading is not None:
        bars |= _unseeing(access.require_case(session, by, reading), Surroundings(session, by, now), names, whole_groups)
    return [replace(_found(company, name, away.get(name)), bar=bars.get(name)) for name in names]


def _bars(
    session: Session, by: Actor, company: Organisation, people: list[str], getting: int | None
) -> dict[str, errors.Refusal]:
    """Why some of them cannot be given the task, by username."""
    if getting is None or not people:
        return {}
    task = session.get(UserTask, getting)
    if task is None:
        raise errors.NotFound(access.NO_TASK)
    case = access.require_case(session, by, task.instance_key)
    items = session.execute(select(WorkItem).where(WorkItem.user_task_key == getting)).scalars().all()
    [may] = receiving.receivers(session, company, [(task, case, items)])
    part = {name: errors.Refusal(HAS_PART, name=company.name_of(name)) for name in acting(items)}
    barred = {name: may.bar(name) or part.get(name) for name in people}
    return {name: bar for name, bar in barred.items() if bar is not None}


def _unseeing(case: Instance, around: Surroundings, names: list[str], whole_groups: bool) -> dict[str, errors.Refusal]:
    """Why some of people and groups cannot be shown the case, by name: it keeps them away, or somebody or all of the group."""
    company = around.organisation
    behind = {name: {name} if name in company.people else set(company.members_of(name)) for name in names}
    away = set(recusal.unseeing(around, case, sorted(set().union(*behind.values()))))
    barred = {
        name: sorted(behind[name] & away) for name in names if (behind[name] & away if whole_groups else behind[name] <= away)
    }
    return {
        name: errors.Refusal(grounds.ABOUT_HIM, name=company.name_of(people[0])) for name, people in barred.items() if people
    }


def _fitting(company: Organisation, text: str, with_groups: bool) -> Iterable[str]:
    for person in company.people.values():
        unit = company.department_name(person.department)
        texts = dict.fromkeys((person.name, person.username, unit, company.said(unit)))
        if not person.is_disabled and any(pinyin.matches(each, text) for each in texts if each):
            yield person.username
    for group in company.groups if with_groups else ():
        if any(pinyin.matches(each, text) for each in {group, company.said(group)}) and company.members_of(group):
            yield group


def _found(company: Organisation, name: str, away: absences.Absence | None) -> FoundActor:
    if name in company.people:
        person = company.people[name]
        called = name if _is_shared(company, person.name) else person.name
        return FoundActor(name, company.name_of(name), company.unit_called(person.department), away=away, called=called)
    return FoundActor(name, company.said(name), "", len(company.members_of(name)), called=name)


def _is_shared(company: Organisation, name: str) -> bool:
    same = [each for each in company.people.values() if each.name == name and not each.is_disabled]
    return len(same) > 1 or name in company.groups
