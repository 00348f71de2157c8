"""Walks the cases whose variables are searched, which stand in no table of their own: by key, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, or_, select, true, type_coerce
from sqlalchemy.orm import Session, undefer

from engine.cases import cases
from engine.cases.personal import personal_data, secret_data
from engine.people.actors import Actor
from engine.queries.api import variable_fields
from engine.queries.api.variables_found import VariableFound
from engine.storage import models
from engine.storage.models import ProcessInstance

WINDOW = 1000  # keys in one statement
BATCH = 20  # cases in memory: their variables may be large
MOST_CASES = 100_000  # whose keys are gone through for one answer
MOST_READ = 5_000  # of them, whose variables are read
MOST_NAMES, LONGEST_NAMES = 50, 5_000  # that a database is asked for in one pattern each
Position = tuple[int, str]  # of a variable: the key of its case, its name


class Exhausted(Exception):
    """An answer's work is done before all cases are walked; `last` is the key of the last one that was looked at."""

    def __init__(self, last: int) -> None:
        super().__init__(last)
        self.last = last


@dataclass(frozen=True)
class Walk:
    """What is walked: the cases that fit `where`, for this person; `filter` and `test` say which of their variables."""

    session: Session
    by: Actor
    where: Sequence[ColumnElement[bool]]
    filter: Mapping[str, Any]
    test: variable_fields.Test
    now: datetime
    is_revealed: bool = False

    def rows(self, start: Position | None = None, *, is_backwards: bool = False) -> Iterator[VariableFound]:
        """The variables behind `start` by case and name, or with `is_backwards` those in front of it. Raises Exhausted."""
        walked = read = last = 0
        for window in self._windows(start[0] if start else None, is_backwards):
            for keys in (window[place : place + BATCH] for place in range(0, len(window), BATCH)):
                if walked >= MOST_CASES or read >= MOST_READ:
                    raise Exhausted(last)
                variables = self._read(keys, is_backwards)
                walked, read, last = walked + len(keys), read + len(variables), keys[-1]
                dealt_with = (
                    set()
                    if self.is_revealed
                    else personal_data.dealt_with(self.session, self.by, [each.key for each in variables])
                )
                for instance in variables:
                    is_full = self.is_revealed or instance.key in dealt_with
                    yield from self._of(instance, is_full, start, is_backwards)
                    self.session.expire(instance, ["tokens"])

    def _of(
        self, instance: ProcessInstance, is_full: bool, start: Position | None, is_backwards: bool
    ) -> Iterator[VariableFound]:
        variables = sorted(shown_to(self.session, self.by, instance, now=self.now, is_full=is_full), key=lambda each: each.name)
        for each in variables[::-1] if is_backwards else variables:
            if (start is None or is_beyond((instance.key, each.name), start, is_backwards)) and self.test(each):
                yield each

    def _windows(self, start: int | None, is_backwards: bool) -> Iterator[list[int]]:
        key = ProcessInstance.key
        order = key.desc() if is_backwards else key.asc()
        behind: ColumnElement[bool] = true() if start is None else (key <= start if is_backwards else key >= start)
        while True:
            window = list(self.session.execute(select(key).where(*self.where, behind).order_by(order).limit(WINDOW)).scalars())
            yield window
            if len(window) < WINDOW:
                return
            behind = key < window[-1] if is_backwards else key > window[-1]

    def _read(self, keys: Sequence[int], is_backwards: bool) -> list[ProcessInstance]:
        row = ProcessInstance
        asked = select(row).where(row.key.in_(keys), _holds(self.filter.get("name"))).options(undefer(row.tokens))
        return list(self.session.execute(asked.order_by(row.key.desc() if is_backwards else row.key)).scalars())


def shown_to(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime, is_full: bool) -> list[VariableFound]:
    """The same as this person may see them: of a case whose customer record is closed to him what he filled in himself."""
    closed = secret_data.closing(session, by, instance, now=now)
    if closed is None:
        return variables_of(session, instance, now=now, is_full=is_full)
    known, shown = closed.own.values, personal_data.of_instance(session, instance, now=now).variables(closed.own.values)
    return [VariableFound(instance, name, shown[name], shown[name] != known[name]) for name in sorted(known)]


def variables_of(session: Session, instance: ProcessInstance, *, now: datetime, is_full: bool) -> list[VariableFound]:
    """The variables of one instance, by name, masked unless `is_full`."""
    known = cases.variables(session, instance, now=now)
    shown = known if is_full else personal_data.of_instance(session, instance, now=now).variables(known)
    return [VariableFound(instance, name, shown[name], shown[name] != known[name]) for name in sorted(known)]


def is_beyond(position: Position, start: Position, is_backwards: bool) -> bool:
    """Whether a variable stands behind the start, or in front of it."""
    return position < start if is_backwards else position > start


def _holds(asked: Any) -> ColumnElement[bool]:
    """Cases in whose stored text a name that the filter says outright stands; the others need not be read."""
    named = asked.get("$in", [asked["$eq"]] if "$eq" in asked else None) if isinstance(asked, dict) else asked
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or len(names) > MOST_NAMES or not all(isinstance(each, str) for each in names):
        return true()
    if sum(map(len, names)) > LONGEST_NAMES:
        return true()
    stored = type_coerce(ProcessInstance.tokens, Text)
    return or_(*(stored.contains(f"{models.dumps(each)}:", autoescape=True) for each in names))
