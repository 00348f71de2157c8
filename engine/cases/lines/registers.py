"""Registers [台账]: lines that processes enter, numbered, which nobody changes or removes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import barring
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys, numbers
from engine.storage.models import ProcessInstance, RegisterEntry

DEFAULT_NUMBER = "{year}-{seq:04}"


def enter(
    session: Session,
    company: Organisation,
    by: Actor,
    register: str,
    entry: Mapping[str, Any],
    *,
    now: datetime,
    instance: ProcessInstance | None = None,
    pattern: str = DEFAULT_NUMBER,
) -> RegisterEntry:
    """A new line of a register, with the next number of `pattern` (as in workflow.toml). Raises Invalid."""
    if not register.strip() or set("{}") & set(register) or not isinstance(entry, Mapping):
        raise errors.Invalid("A register entry needs the register's name and its values.")
    if not numbers.is_pattern(pattern):
        raise errors.Invalid("%(pattern)s is no number pattern: it needs exactly one {seq}.", pattern=pattern)
    counted = f"{register}/"  # each register counts for itself, also where two use the same pattern
    number = numbers.next(session, company, counted + pattern, now).removeprefix(counted)
    row = RegisterEntry(
        key=keys.new(),
        company_id=company.id,
        register=register,
        number=number,
        instance_key=instance.key if instance else None,
        data=dict(entry),
        entered_by=None if by.is_system else by.username,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    return row


def counted(
    session: Session,
    company_id: str,
    register: str,
    columns: Sequence[str],
    *,
    distinct: str = "",
    since: datetime | None,
    until: datetime | None,
) -> tuple[list[tuple[list[str], int]], int]:
    """How many lines have which values in these columns, in the order in which the values first came, and how many there are.

    Lines entered from `since` on and before `until` (None: no bound). A value is shown as text; one that is missing is "".
    With `distinct`, lines that say the same in that column are one, that of the first: a customer with three contracts is
    one customer, and new only by the first of them.
    """
    row = RegisterEntry
    statement = select(row.data, row.entered_at).where(row.company_id == company_id, row.register == register)
    if since is not None and not distinct:
        statement = statement.where(row.entered_at >= since)
    if until is not None:
        statement = statement.where(row.entered_at < until)
    lines, seen, total = Counter[tuple[str, ...]](), set[tuple[str, ...]](), 0
    for data, at in session.execute(statement.order_by(row.key).execution_options(yield_per=500)):
        values, what = tuple(_text(data, name) for name in columns), _text(data, distinct)
        is_within = since is None or at >= since
        if is_within and not (what and (what, *values) in seen):
            lines[values] += 1
        total += is_within and not (what and (what,) in seen)
        seen |= {(what, *values), (what,)}
    return [(list(values), number) for values, number in lines.items()], total


def _text(data: Mapping[str, Any], name: str) -> str:
    return "" if data.get(name) is None else str(data[name])


def names(session: Session, by: Actor, processes: Collection[str] | None = None) -> list[str]:
    """The registers that hold at least one line, or one that a case of these `processes` entered."""
    return sorted(session.execute(_of(session, select(RegisterEntry.register), by, processes).distinct()).scalars())


def entries(
    session: Session,
    by: Actor,
    register: str,
    *,
    processes: Collection[str] | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[RegisterEntry]:
    """The lines of a register, newest first, from `after` (the last key of the page before); as `names` for `processes`."""
    statement = _of(session, select(RegisterEntry), by, processes).where(RegisterEntry.register == register)
    if after:
        statement = statement.where(RegisterEntry.key < after)
    return list(session.execute(statement.order_by(RegisterEntry.key.desc()).limit(min(limit, 200))).scalars())


def _of(session: Session, chosen: Select[Any], by: Actor, processes: Collection[str] | None) -> Select[Any]:
    is_free = barring.free(session, by, RegisterEntry.instance_key)
    statement = chosen.where(RegisterEntry.company_id == by.company_id, is_free)
    if processes is None:
        return statement
    return statement.join(ProcessInstance, ProcessInstance.key == RegisterEntry.instance_key).where(
        ProcessInstance.process_id.in_(processes)
    )
