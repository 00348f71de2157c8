"""What a person may do and why: each right once, with the group, role or setting that gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people import actors, roles
from engine.people.organisation import Organisation
from engine.records import policy

START, STEER, READ_CASES, PUBLISH, DRAW = "start", "steer", "read cases", "publish", "draw"
READ_RECORDS, KEEP_RECORDS, TAKE, READ_DEPARTMENTS = "read records", "keep records", "take", "read departments"
ADMINISTER, RUN_ORGANISATION, OPERATE, AUDIT = "administer", "run organisation", "operate", "audit"
ALL = "*"
GROUP, ROLE, EVERYBODY = "group", "role", "everybody"


@dataclass
class Right:
    """A right: `what` may be done, `of` which things (names; `ALL` for all), and why: by a group, a role, like everybody."""

    what: str
    why: str
    by: str
    of: list[str] = field(default_factory=list)


def rights_of(session: Session, company: Organisation, username: str, *, now: datetime) -> list[Right]:
    """The rights of somebody who may sign in; nobody else has any."""
    actor = actors.load(session, company.id, username, now=now)
    if actor is None:
        return []
    rights: dict[tuple[str, str, str], Right] = {}
    for what, of_, why, by in _all(session, company, actor):
        right = rights.setdefault((what, why, by), Right(what, why, by))
        if of_ not in right.of:
            right.of.append(of_)
    return list(rights.values())


Told = tuple[str, str, str, str]


def _all(session: Session, company: Organisation, actor: actors.Actor) -> Iterator[Told]:
    yield from _by_roles(company, actor)
    newest = list(definitions.all_latest(session, company.id))
    groups = sorted(company.present_name(name) for name in actor.groups)
    yield from ((TAKE, name, GROUP, "") for name in dict.fromkeys(groups))
    for definition in newest:
        yield from _of_process(company, actor, definition)
    yield from _of_records(company, actor)


def _by_roles(company: Organisation, actor: actors.Actor) -> Iterator[Told]:
    simple = ((roles.ORGANISATION, RUN_ORGANISATION), (roles.OPERATOR, OPERATE), (roles.AUDITOR, AUDIT))
    if actor.is_administrator:
        yield ADMINISTER, ALL, ROLE, roles.ADMINISTRATOR
    yield from ((what, ALL, ROLE, role) for role, what in simple if (role, "") in actor.roles)
    for scope in sorted(actor.scopes(roles.MANAGER)):
        yield READ_DEPARTMENTS, company.department_name(scope) if scope else ALL, ROLE, roles.MANAGER
    for scope in sorted(actor.scopes(roles.KEEPER)):
        yield KEEP_RECORDS, scope, ROLE, roles.KEEPER
    if "" in actor.scopes(roles.OWNER):
        yield PUBLISH, ALL, ROLE, roles.OWNER


def _of_process(company: Organisation, actor: actors.Actor, definition: Definition) -> Iterator[Told]:
    settings, title = definition.settings, definition.title
    if definition.process_id in actor.scopes(roles.OWNER):
        yield PUBLISH, title, ROLE, roles.OWNER
    if ALL in (settings.may_start or ()):
        yield START, title, EVERYBODY, ""
    start = settings.owners if settings.may_start is None else settings.may_start  # as long as no setting says who
    named = ((START, start), (STEER, settings.managers), (READ_CASES, settings.visible_to), (DRAW, settings.owners))
    for what, given in named:
        yield from ((what, title, GROUP, name) for name in _through(company, actor, given))


def _of_records(company: Organisation, actor: actors.Actor) -> Iterator[Told]:
    for what, which in ((KEEP_RECORDS, "keepers"), (READ_RECORDS, "readers")):
        for name in _through(company, actor, policy.named(company, which)):
            yield what, actor.clearance, GROUP, name


def _through(company: Organisation, actor: actors.Actor, given: Iterable[str]) -> list[str]:
    """The person's groups among these, by their present names."""
    return sorted({company.present_name(name) for name in given if name in actor.groups})
