"""Machine accounts: made, given a new secret, revoked; nobody gives more than is his to give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.nearest import nearest
from engine.definitions import definitions
from engine.people.actors import Actor
from engine.people.machines import scopes, tokens
from engine.storage import keys
from engine.storage.models import MachineAccount
from engine.verbs.organisation import changing, planned
from engine.verbs.organisation.changing import OrganisationChange, fault

LONGEST = timedelta(days=2 * 366)
MOST = 100  # that are not revoked
NOT_YOURS = "This scope is given by an administrator, or for processes that one owns: %(scope)s."


@dataclass(frozen=True)
class AccountValues:
    """What an account is made of; `processes` are ids, none for all; `last_day` is the last on which it may be used."""

    name: str
    scopes: tuple[str, ...]
    processes: tuple[str, ...] | None
    last_day: date


def make(session: Session, by: Actor, values: AccountValues, *, now: datetime) -> tuple[int, str]:
    """A new account; its key, and its secret, which is told this once.

    Raises Forbidden for who may not, or gives more than he may himself, Invalid with `fields`, Conflict for too many.
    """
    with changing.change(session, by, now=now) as change:
        name = _free(change, values.name)
        given = _scopes(values.scopes)
        processes = _processes(change, values.processes, given)
        _require_own(change, given, processes)
        row = MachineAccount(key=keys.new(), company_id=by.company_id, name=name, scopes=given, processes=processes)
        row.expires_at, row.made_at, row.made_by = _end(change, values.last_day), now, by.username
        token = tokens.new(row.key)
        row.digest = tokens.digest(token)
        session.add(row)
        told = {"scopes": given, "processes": processes, "last_day": values.last_day.isoformat()}
        change.note("machine_made", f"machine:{row.key}", name=name, **told)
        return row.key, token


def renew(session: Session, by: Actor, key: int, last_day: date, *, now: datetime) -> str:
    """Another secret, good until that day; what was made with the one before is worth nothing from now on.

    Who gives it answers for the account from now on.

    Raises NotFound, Forbidden as `make`, Conflict for one that is revoked, Invalid with `fields`.
    """
    with changing.change(session, by, now=now) as change:
        row = _row(change, key)
        _require_own(change, row.scopes, row.processes)
        row.expires_at, row.made_by = _end(change, last_day), by.username
        token = tokens.new(row.key)
        row.digest = tokens.digest(token)
        change.note("machine_renewed", f"machine:{row.key}", name=row.name, last_day=last_day.isoformat())
        return token


def take_over(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Answers for the account from now on: it may do what he may give it. The secret stays.

    Raises NotFound, Forbidden as `make`, Conflict for one that is revoked.
    """
    with changing.change(session, by, now=now) as change:
        row = _row(change, key)
        _require_own(change, row.scopes, row.processes)
        row.made_by = by.username
        change.note("machine_taken_over", f"machine:{row.key}", name=row.name)


def revoke(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Ends an account for good; its name stays in what it did. Raises NotFound, Forbidden, Conflict for one that is revoked."""
    with changing.change(session, by, now=now) as change:
        row = _row(change, key)
        row.revoked_at, row.revoked_by = now, by.username
        change.note("machine_revoked", f"machine:{row.key}", name=row.name)


def _row(change: OrganisationChange, key: int) -> MachineAccount:
    mine = (MachineAccount.company_id == change.company_id, MachineAccount.key == key)
    row = change.session.execute(select(MachineAccount).where(*mine)).scalar_one_or_none()
    if row is None:
        raise errors.NotFound("There is no such machine account.")
    if row.revoked_at is not None:
        raise errors.Conflict("The machine account “%(name)s” is revoked.", name=row.name)
    return row


def _free(change: OrganisationChange, name: str) -> str:
    """Raises Invalid for a name that another account in use has, Conflict when there are too many."""
    name = changing.plain(name)
    in_use = (MachineAccount.company_id == change.company_id, MachineAccount.revoked_at.is_(None))
    names = change.session.execute(select(MachineAccount.name).where(*in_use)).scalars().all()
    if name.casefold() in {each.casefold() for each in names}:
        raise fault("name", "There is a machine account of this name already.")
    if len(names) >= MOST:
        raise errors.Conflict("There are %(limit)s machine accounts. Please revoke some that nobody needs.", limit=MOST)
    return name


def _scopes(names: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    if not wanted:
        raise fault("scopes", "Please choose at least one scope.")
    for name in wanted:
        if name not in scopes.SCOPES:
            raise _unknown("scopes", "scope", name, scopes.SCOPES)
    return [name for name in scopes.SCOPES if name in wanted]


def _processes(change: OrganisationChange, ids: Iterable[str] | None, given: list[str]) -> list[str] | None:
    if ids is None:
        return None
    wanted = sorted(set(ids))
    if not wanted and given and not any(scopes.SCOPES[name].of_processes for name in given):
        return None  # people and groups alone: there is nothing to choose
    if not wanted:
        raise fault("processes", "Please choose at least one process, or all.")
    known = {each.process_id for each in definitions.all_latest(change.session, change.company_id)}
    for id in wanted:
        if id not in known:
            raise _unknown("processes", "process", id, known)
    whole = next((name for name in given if not scopes.SCOPES[name].of_processes), None)
    if whole is not None and all(not scopes.SCOPES[name].of_processes for name in given):
        raise fault("processes", "The scope %(scope)s is about the whole company, not about single processes.", scope=whole)
    if whole in (scopes.SEND_MESSAGES, scopes.DECIDE):
        raise fault("scopes", "The scope %(scope)s is about the whole company, not about single processes.", scope=whole)
    return wanted


def _unknown(field: str, what: str, name: str, known: Iterable[str]) -> errors.Invalid:
    near = nearest(name, known)
    texts = {
        "scope": ("There is no scope “%(name)s”.", "There is no scope “%(name)s”; did you mean “%(nearest)s”?"),
        "process": ("There is no process “%(name)s”.", "There is no process “%(name)s”; did you mean “%(nearest)s”?"),
    }[what]
    return fault(field, texts[1], name=name[:60], nearest=near) if near else fault(field, texts[0], name=name[:60])


def _require_own(change: OrganisationChange, given: Iterable[str], processes: Iterable[str] | None) -> None:
    """Nobody gets by an account what he has not."""
    giver = scopes.Giver(change.by.is_administrator, change.by.roles)
    for name in given:
        if not giver.may_give(name, processes):
            raise errors.Forbidden(NOT_YOURS, scope=name)


def _end(change: OrganisationChange, last_day: date) -> datetime:
    """The moment after which the secret is worth nothing: the end of the day in the company's zone."""
    if last_day.year > planned.LAST_YEAR:
        raise fault("last_day", "An account is good for two years at most; then it gets a new secret.")
    end = planned.starts(change.company.time_zone, last_day + timedelta(days=1))
    if end <= change.now:
        raise fault("last_day", "Please choose a day to come.")
    if end > change.now + LONGEST:
        raise fault("last_day", "An account is good for two years at most; then it gets a new secret.")
    return end
