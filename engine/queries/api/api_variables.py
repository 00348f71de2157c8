"""The variables of cases for the API: masked for those who merely may see a case, in full for those whose task it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.personal import personal_data
from engine.cases.rights import access
from engine.people.actors import Actor
from engine.queries.api import api_reads, cursors, fields, variable_fields, variables_found, variables_walk
from engine.queries.api.search import MAX_LIMIT, FoundRows, Query
from engine.queries.api.variables_found import VariableFound
from engine.queries.api.variables_walk import Exhausted, Position, Walk
from engine.storage.models import ProcessInstance

COUNTED_CASES = 500  # so many are walked to their end, so that all of their variables are counted
MAX_CHARACTERS = 32 * 1024 * 1024  # of all values of a page together
MAX_OFFSET = 10_000
LAST_NAME = "\U0010ffff"  # behind every name of a case
WHOSE = ("processInstanceKey", "scopeKey")
CASE_FIELDS = {name: fields.key_of(ProcessInstance.key) for name in WHOSE}
TOO_MANY = "Too many cases would have to be read to sort their variables. Please leave out “sort”, or narrow them by name or processInstanceKey."
NOT_YET = "Among the first %(most)s cases there is none. Go on by “after” or “before”: %(cursor)s"
TOO_LARGE = "These variables are too large together; please ask for fewer at once, or by name."
TOO_FAR = "A page begins at most %(most)s rows behind the first by “from”; please go on by “after”."


def search_variables(session: Session, by: Actor, query: Query, *, now: datetime, is_revealed: bool = False) -> FoundRows:
    """Variables of all cases the caller may see.

    They come by case and name; then a page reads no more than it needs, and beyond `COUNTED_CASES` cases the total is what
    is known so far. Sorted otherwise every case is read. With `is_revealed` they come in full, which is noted in the
    history of each case; then `processInstanceKey` must say whose.
    Raises Invalid, and NotFound for a case that is named and may not be seen.
    """
    test, named = variable_fields.condition(query.filter), _named(query)
    if query.offset > MAX_OFFSET:
        raise errors.Invalid(TOO_FAR, most=MAX_OFFSET)
    if is_revealed and named is None:
        raise errors.Invalid("Say by processInstanceKey whose variables are searched.")
    for key in sorted(named or ()) if is_revealed else ():
        personal_data.reveal(session, by, key, now=now, how="api")
    where = _whose(session, by, query)
    walk = Walk(session, by, where, query.filter, test, now, is_revealed)
    if _are_few(session, where, named) or query.sort:
        return _counted(walk, query)
    return _next(walk, query)


def one(session: Session, by: Actor, key: str, *, now: datetime) -> VariableFound:
    """The variable of a key. Raises Invalid, NotFound, and Conflict where two of the case's names make the same key."""
    instance = api_reads.process_instance(session, by, variables_found.instance_key(key), with_tokens=True)
    variables = [each for each in variables_of(session, by, instance, now=now) if each.key == key]
    if not variables:
        raise errors.NotFound("There is no such variable.")
    if len(variables) > 1:
        raise errors.Conflict("Two variables of this case share the key; please search by name.")
    return variables[0]


def variables_of(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> list[VariableFound]:
    """The variables of one instance as this person may see them, by name; of one whose customer record is closed to him his own."""
    is_full = personal_data.deals_with(session, by, instance_key=instance.key)
    return variables_walk.shown_to(session, by, instance, now=now, is_full=is_full)


def _named(query: Query) -> set[int] | None:
    """The keys that the filter names outright; None when it leaves open whose variables are meant."""
    for name in WHOSE:
        asked = query.filter.get(name)
        keys = asked.get("$in", [asked["$eq"]] if "$eq" in asked else None) if isinstance(asked, dict) else asked
        if keys is not None:
            return {fields.key(each) for each in (keys if isinstance(keys, list) else [keys])}
    return None


def _whose(session: Session, by: Actor, query: Query) -> Sequence[ColumnElement[bool]]:
    asked = {name: query.filter[name] for name in WHOSE if name in query.filter}
    return (access.cases_seen(session, by), fields.condition(CASE_FIELDS, asked))


def _are_few(session: Session, where: Sequence[ColumnElement[bool]], named: set[int] | None) -> bool:
    """Whether the cases are few enough to be walked to the end. Raises NotFound for a named one that is not among them."""
    most = max(COUNTED_CASES, len(named or ()))
    keys = set(session.execute(select(ProcessInstance.key).where(*where).limit(most + 1)).scalars())
    if named is not None and named - keys:
        raise errors.NotFound(access.NO_CASE)
    return len(keys) <= COUNTED_CASES


def _next(walk: Walk, query: Query) -> FoundRows:
    """The page by case and name: reading ends as soon as it is full, or enough was read."""
    limit, is_backwards = min(query.limit, MAX_LIMIT), bool(query.before)
    cursor = query.after or query.before
    rows: list[VariableFound] = []
    size, skipped, last = 0, 0, None
    try:
        for each in walk.rows(_position(cursor) if cursor else None, is_backwards=is_backwards):
            if skipped < query.offset:
                skipped += 1
                continue
            if len(rows) == limit:
                return _found(rows, query, skipped + limit + 1, has_more=True)
            size += _sized(each, size)
            rows.append(each)
    except Exhausted as exhausted:
        last = cursors.encode((exhausted.last, "" if is_backwards else LAST_NAME))
        if not rows:
            raise errors.Invalid(NOT_YET, most=variables_walk.MOST_CASES, cursor=last) from exhausted
    return _found(rows, query, skipped + len(rows), has_more=last is not None, last=last)


def _counted(walk: Walk, query: Query) -> FoundRows:
    """The page in any order, of all that there are: only what may stand on it is kept while they are counted."""
    order, is_backwards = _Order(query), bool(query.before)
    cursor = query.after or query.before
    start = order(_row_at(walk, query, cursor)) if cursor else None
    best = _Best(order, query.offset + min(query.limit, MAX_LIMIT), is_backwards)
    total = 0
    try:
        for each in walk.rows():
            total += 1
            if start is None or (order(each) < start if is_backwards else start < order(each)):
                best.add(each)
    except Exhausted as exhausted:
        raise errors.Invalid(TOO_MANY) from exhausted
    return _found(best.rows()[query.offset :], query, total)


def _row_at(walk: Walk, query: Query, cursor: str) -> VariableFound:
    """The variable that the cursor stands for. Raises Invalid when it is there no more and its place is not known."""
    key, name = _position(cursor)
    if not query.sort:
        return VariableFound(ProcessInstance(key=key), name, None, False)
    instance = walk.session.get(ProcessInstance, key)
    if instance is not None and access.may_see(walk.session, walk.by, instance):
        for each in variables_of(walk.session, walk.by, instance, now=walk.now):
            if each.name == name:
                return each
    raise errors.Invalid(cursors.DAMAGED)


class _Order:
    """What two variables are compared by: the fields asked for, then case and name."""

    def __init__(self, query: Query) -> None:
        self.fields = [(fields.named(variable_fields.FIELDS, name).value, down) for name, down in query.sort]

    def __call__(self, variable: VariableFound) -> tuple[Any, ...]:
        asked = (_Down(value(variable)) if down else value(variable) for value, down in self.fields)
        return (*asked, variable.instance.key, variable.name)


@dataclass(frozen=True)
class _Down:
    """A value that comes before those which are smaller."""

    value: Any

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)


class _Best:
    """The first `most` of all rows that are added, or the last; never many more are in memory."""

    def __init__(self, order: _Order, most: int, is_backwards: bool) -> None:
        self.order, self.most, self.is_backwards = order, most, is_backwards
        self.kept: list[VariableFound] = []
        self.size = 0

    def add(self, variable: VariableFound) -> None:
        """Takes a row in. Raises Invalid when the page's values grow too large."""
        self.kept.append(variable)
        self.size += len(variable.text)
        if len(self.kept) >= 2 * self.most + 100 or self.size > 2 * MAX_CHARACTERS:
            self._trim()

    def rows(self) -> list[VariableFound]:
        """The page in its order."""
        self._trim()
        return self.kept[::-1] if self.is_backwards else self.kept

    def _trim(self) -> None:
        self.kept = sorted(self.kept, key=self.order, reverse=self.is_backwards)[: self.most]
        self.size = 0
        for each in self.kept:
            self.size += _sized(each, self.size)


def _sized(variable: VariableFound, beside: int) -> int:
    """The length of the value. Raises Invalid when it is too large beside the others."""
    if beside + len(variable.text) > MAX_CHARACTERS:
        raise errors.Invalid(TOO_LARGE)
    return len(variable.text)


def _found(
    rows: Iterable[VariableFound], query: Query, total: int, *, has_more: bool = False, last: str | None = None
) -> FoundRows:
    shown = list(rows)
    if query.before and not query.sort:  # walked backwards
        shown.sort(key=lambda each: (each.instance.key, each.name))
    ends = [cursors.encode((each.instance.key, each.name)) for each in (shown[:1] + shown[-1:])]
    first, final = (ends[0], ends[-1]) if ends else (None, None)
    if last is not None:
        first, final = (last, final) if query.before else (first, last)
    return FoundRows(shown, total, has_more, first, final)


def _position(cursor: str) -> Position:
    key, name = (*cursors.decode(cursor), None, None)[:2]
    if not (type(key) is int and abs(key) <= fields.LARGEST and isinstance(name, str)):
        raise errors.Invalid(cursors.DAMAGED)
    return key, name
