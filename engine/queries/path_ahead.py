"""The coming steps of a case for people: what they are called, who would act and why, and on what they depend."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine.cases.cases import Surroundings
from engine.cases.rights import access, barring
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.values import company_values
from engine.execution.ahead import forecast
from engine.execution.ahead.foreseen_work import ForeseenStep
from engine.people import resolve
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import ProcessInstance

MOST_NAMED = 2  # people of a group are told by name as long as there are no more
MOST = 20
SHOWN = 3  # the steps that are told at first sight
MOST_CALLED = 5
_SPAN = re.compile(r"[0-9]+(?:wd|wh|d)|PT[0-9]+H")


@dataclass(frozen=True)
class Coming:
    """A step to come: `who` are people by name, else groups; "" where nobody can be told yet.

    `usernames` and `groups` are the same for machines. `because` is a message id and its values. `way` is the answer that
    leads here, `when` the same as questions and answers, `called` the called process, `note` one of: passes by itself (own_request, adjacent, first, last), picked
    (initiator, previous), open (whoever it is follows from what comes before), or "". `limit` is how long it may take as it is
    written (5wd), "" where that follows from the case or there is none.
    """

    element_id: str
    name: str
    kind: str
    who: str
    usernames: tuple[str, ...]
    groups: tuple[str, ...]
    because: tuple[str, dict[str, str]]
    way: str
    called: str
    note: str
    when: tuple[tuple[str, str], ...] = ()
    limit: str = ""


def of_start(
    session: Session, by: Actor, definition: Definition, values: Mapping[str, Any], empty: Collection[str], *, now: datetime
) -> list[Coming]:
    """The steps that a case would take if it were started with these values; `empty` are fields that nothing was put into."""
    if not any(event.kind == "none" for event in definition.program.start_events):
        return []
    around = Surroundings(session, by, now)
    return _coming(around.organisation, definition, forecast.of_start(around, definition, values, empty=empty))


def of_case(session: Session, by: Actor, instance: ProcessInstance, definition: Definition, *, now: datetime) -> list[Coming]:
    """The steps after those where a case stands, which the person may see; nothing once it is over.

    What is still to come in the cases that it has called, and waits for, stands first.
    """
    if instance.state != "active":
        return []
    around = Surroundings(session, by, now)
    below = [step for each in _called(around, instance, definition) for step in _within(around, each)]
    return _coming(around.organisation, definition, [*below, *forecast.of_case(around, instance, definition)])


def of_visible(session: Session, by: Actor, key: int, *, now: datetime) -> list[Coming]:
    """`of_case` by its key. Raises NotFound for a case that this person may not know of."""
    instance = access.require_case(session, by, key)
    return of_case(session, by, instance, definitions.by_key(session, instance.definition_key), now=now)


def _called(around: Surroundings, instance: ProcessInstance, definition: Definition) -> Sequence[ProcessInstance]:
    """The running cases that a case waits for and that the person may know of; no statement where its process calls none."""
    if not any(each.type == "callActivity" for each in definition.program.elements.values()):
        return []
    row = ProcessInstance
    mine = (
        select(row)
        .where(row.parent_key == instance.key, row.state == "active", ~barring.is_kept(around.by))
        .order_by(row.key)
        .limit(MOST_CALLED)
    )
    return around.session.execute(mine.options(undefer(row.tokens))).scalars().all()


def _within(around: Surroundings, called: ProcessInstance) -> Iterator[ForeseenStep]:
    definition = definitions.by_key(around.session, called.definition_key)
    for below in _called(around, called, definition):
        yield from _within(around, below)
    for step in forecast.of_case(around, called, definition):
        yield replace(step, called=step.called or definition.title)


def _coming(company: Organisation, definition: Definition, steps: list[ForeseenStep]) -> list[Coming]:
    return [_told(company, step, "" if step.called else _limit(company, definition, step)) for step in steps[:MOST]]


def _limit(company: Organisation, definition: Definition, step: ForeseenStep) -> str:
    """How long a step may take, where its process or a setting of the company says so for every case."""
    settings = definition.tasks.get(step.element_id)
    written = company_values.worked_out(settings.due if settings else "", company.settings)
    return written if _SPAN.fullmatch(written) else ""


def _told(company: Organisation, step: ForeseenStep, limit: str) -> Coming:
    groups = [_group(company, name, step.kept_out) for name in step.groups]
    who = "、".join((*map(company.name_of, step.usernames), *groups))
    note = step.passes or step.picked_by or ("open" if step.is_open else "")
    because = ("", {}) if step.is_open or step.picked_by else resolve.words(step.reason, company)
    if because[1].get("groups") == who:  # the group by its name says it already
        because = ("", {})
    named = (step.element_id, step.name, step.kind, who, step.usernames, step.groups)
    return Coming(*named, because, step.way, step.called, note, step.when, limit)


def likely(steps: Sequence[Coming]) -> tuple[list[Coming], list[Coming]]:
    """The next steps that come whatever is answered, else those that may come, and the rest; each in its order."""
    if len(steps) <= SHOWN + 1:
        return list(steps), []
    first = sorted(range(len(steps)), key=lambda number: (steps[number].way != "", number))[:SHOWN]
    told, rest = [steps[number] for number in sorted(first)], set(range(len(steps))) - set(first)
    return told, [steps[number] for number in sorted(rest)]


def _group(company: Organisation, name: str, kept_out: Collection[str]) -> str:
    members = [company.name_of(each) for each in company.active(company.members_of(name)) if each not in kept_out]
    return "、".join(members) if 0 < len(members) <= MOST_NAMED else company.called(name)
