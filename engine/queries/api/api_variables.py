"""The variables of cases for the API: masked for those who merely may see a case, in full for those whose task it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.cases import access, cases, personal_data
from engine.people.actors import Actor
from engine.queries.api import api_reads, cursors, fields, variable_fields, variables_found
from engine.queries.api.search import Found, Query
from engine.queries.api.variables_found import VariableFound
from engine.storage.models import ProcessInstance

MAX_CASES = 500
MAX_CHARACTERS = 32 * 1024 * 1024
BATCH = 20
WHOSE = ("processInstanceKey", "scopeKey")
CASE_FIELDS = {name: fields.key_of(ProcessInstance.key) for name in WHOSE}
TOO_MANY = "These are variables of more than %(most)s cases; please narrow them by processInstanceKey."
TOO_LARGE = "These variables are too large together; please narrow them by processInstanceKey or name."


def search_variables(session: Session, by: Actor, query: Query, *, now: datetime, is_revealed: bool = False) -> Found:
    """Variables of cases the caller may see, looked for in as many as `MAX_CASES`, as they stand in no table of their own.

    With `is_revealed` they come in full, which is noted in the history of each case; then `processInstanceKey` must say
    whose. Raises Invalid, and NotFound for a case that is named and may not be seen.
    """
    test, named = variable_fields.condition(query.filter), _named(query)
    if is_revealed and named is None:
        raise errors.Invalid("Say by processInstanceKey whose variables are searched.")
    for key in sorted(named or ()) if is_revealed else ():
        personal_data.reveal(session, by, key, now=now, how="api")
    seen: list[VariableFound] = []
    size = 0
    for instance in _cases(session, by, query, named):
        found = [each for each in variables_of(session, by, instance, now=now, is_revealed=is_revealed) if test(each)]
        size += sum(len(each.text) for each in found)
        if size > MAX_CHARACTERS:
            raise errors.Invalid(TOO_LARGE)
        seen += found
    return _page(_ordered(seen, query), query)


def one(session: Session, by: Actor, key: str, *, now: datetime) -> VariableFound:
    """The variable of a key. Raises Invalid, NotFound, and Conflict where two of the case's names make the same key."""
    instance = api_reads.process_instance(session, by, variables_found.instance_key(key), with_tokens=True)
    found = [each for each in variables_of(session, by, instance, now=now) if each.key == key]
    if not found:
        raise errors.NotFound("There is no such variable.")
    if len(found) > 1:
        raise errors.Conflict("Two variables of this case share the key; please search by name.")
    return found[0]


def variables_of(
    session: Session, by: Actor, instance: ProcessInstance, *, now: datetime, is_revealed: bool = False
) -> list[VariableFound]:
    """The variables of one instance as this person may see them, by name."""
    known = cases.variables(session, instance, now=now)
    is_full = is_revealed or personal_data.deals_with(session, by, instance_key=instance.key)
    shown = known if is_full else personal_data.of_instance(session, instance, now=now).variables(known)
    return [VariableFound(instance, name, shown[name], shown[name] != known[name]) for name in sorted(known)]


def _named(query: Query) -> set[int] | None:
    """The keys that the filter names outright; None when it leaves open whose variables are meant."""
    for name in WHOSE:
        asked = query.filter.get(name)
        keys = asked.get("$in", [asked["$eq"]] if "$eq" in asked else None) if isinstance(asked, dict) else asked
        if keys is not None:
            return {fields.key(each) for each in (keys if isinstance(keys, list) else [keys])}
    return None


def _cases(session: Session, by: Actor, query: Query, named: set[int] | None) -> Iterator[ProcessInstance]:
    """The cases whose variables can be meant, in order of their keys, a few at a time: their variables may be large."""
    asked = {name: query.filter[name] for name in WHOSE if name in query.filter}
    row = ProcessInstance
    mine = (access.cases_seen(session, by), fields.condition(CASE_FIELDS, asked))
    keys = list(session.execute(select(row.key).where(*mine).order_by(row.key).limit(MAX_CASES + 1)).scalars())
    if named is not None and named - set(keys) and len(keys) <= MAX_CASES:
        raise errors.NotFound(access.NO_CASE)
    if len(keys) > MAX_CASES:
        raise errors.Invalid(TOO_MANY, most=MAX_CASES)
    for start in range(0, len(keys), BATCH):
        batch = select(row).where(row.key.in_(keys[start : start + BATCH])).order_by(row.key)
        yield from session.execute(batch.options(undefer(row.tokens))).scalars()


def _ordered(found: Iterable[VariableFound], query: Query) -> list[VariableFound]:
    rows = sorted(found, key=lambda each: (each.instance.key, each.name))
    for name, is_descending in reversed(query.sort):
        rows.sort(key=fields.named(variable_fields.FIELDS, name).value, reverse=is_descending)
    return rows


def _page(rows: list[VariableFound], query: Query) -> Found:
    start = query.offset
    if query.after:
        start = _place(rows, query.after) + 1
    end = _place(rows, query.before) if query.before else start + query.limit
    if query.before:
        start = max(0, end - query.limit)
    shown = rows[start:end]
    ends = [cursors.encode((each.instance.key, each.name)) for each in (shown[:1] + shown[-1:])]
    return Found(shown, len(rows), False, ends[0] if ends else None, ends[-1] if ends else None)


def _place(rows: list[VariableFound], cursor: str) -> int:
    position = cursors.decode(cursor)
    for place, each in enumerate(rows):
        if (each.instance.key, each.name) == position:
            return place
    raise errors.Invalid(cursors.DAMAGED)
