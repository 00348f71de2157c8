"""The acts of operators that are done on many cases, by name: what each is given, and the verb that does it to one case.

A verb of a room above registers itself (`registered`); importing its module is what makes its name known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics import nearest
from engine.people.actors import Actor
from engine.verbs.approvals import jumps
from engine.verbs.operated import (
    ASSIGN,
    MOVE,
    RESCHEDULE,
    RETRY,
    RUN_NOW,
    SET_RETRIES,
    SET_VARIABLE,
    SETTLE,
    SKIP,
    TERMINATE,
)
from engine.verbs.operating import assigning, skipping, stopped, waiting
from engine.verbs.operating.changing import values, variables
from engine.verbs.running import ending

Given = Mapping[str, Any]
Perform = Callable[[Session, Actor, int, Given, str, datetime], Any]
Check = Callable[[Given], Any]
Verb = Callable[..., Any]


@dataclass(frozen=True)
class Act:
    """An act: its name, the values it must be given and those that it may be given, and how it is done to one case."""

    name: str
    perform: Perform
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    check: Check | None = None


_acts: dict[str, Act] = {}


def add(act: Act) -> None:
    """Makes an act known; twice the same name fails at import."""
    if act.name in _acts:
        raise ValueError(f"the act {act.name} is registered twice")
    _acts[act.name] = act


def registered(name: str) -> Callable[[Verb], Verb]:
    """Makes `verb(session, by, key, reason, *, now)` known as an act of that name."""

    def register(verb: Verb) -> Verb:
        add(Act(name, lambda session, by, key, _given, reason, now: verb(session, by, key, reason, now=now)))
        return verb

    return register


def names() -> list[str]:
    """The names of all acts."""
    return sorted(_acts)


def find(name: str) -> Act:
    """The act of a name. Raises Invalid, with the nearest name there is."""
    if name in _acts:
        return _acts[name]
    meant = nearest.nearest(name, _acts)
    text = "There is no act “%(name)s”." if meant is None else "There is no act “%(name)s”. Did you mean “%(nearest)s”?"
    raise errors.Invalid(
        text, fields={"operation": [errors.Refusal(text, name=name, nearest=meant or "")]}, name=name, nearest=meant or ""
    )


def checked(act: Act, given: Given) -> dict[str, Any]:
    """What the act is given, without blanks and what is empty. Raises Invalid by name for what is missing, unknown or wrong."""
    kept = {name: value.strip() if name != "value" else value for name, value in given.items() if value}
    for name in kept.keys() - {*act.required, *act.optional}:
        _refuse(name, "This act is not given “%(name)s”.", name=name)
    for name in act.required:
        if name not in kept:
            _refuse(name, "Please fill this in.")
    if act.check is not None:
        act.check(kept)
    return kept


def _refuse(field: str, text: str, **said: object) -> None:
    raise errors.Invalid(text, fields={field: [errors.Refusal(text, fields=None, **said)]}, **said)


def _retry(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    return stopped.retry(session, by, key, reason, cause=given.get("cause", ""), now=now)


def _settle(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    return stopped.settle(session, by, key, reason, cause=given.get("cause", ""), now=now)


def _move(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    return jumps.jump(session, by, key, given["place"], given["target"], reason, now=now)


def _skip(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    result = values.result(given.get("value", ""))
    return skipping.skip(session, by, key, given["place"], result, reason, outcome=given.get("outcome", ""), now=now)


def _set_variable(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    value = given.get("value", "")
    return variables.set_variable(session, by, key, given["name"], given["kind"], value, reason, now=now)


def _run_now(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    return waiting.run_now(session, by, key, given["place"], reason, now=now)


def _reschedule(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    return waiting.reschedule(session, by, key, given["place"], given["until"], reason, now=now)


def _set_retries(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    return waiting.set_retries(session, by, key, given["place"], given["retries"], reason, now=now)


def _assign(session: Session, by: Actor, key: int, given: Given, reason: str, now: datetime) -> Any:
    return assigning.assign(session, by, key, given["place"], given["person"], reason, now=now)


add(Act(RETRY, _retry, optional=("cause",)))
add(Act(SETTLE, _settle, optional=("cause",)))
add(Act(MOVE, _move, required=("place", "target")))
add(
    Act(
        SKIP,
        _skip,
        required=("place",),
        optional=("value", "outcome"),
        check=lambda given: values.result(given.get("value", "")),
    )
)
add(
    Act(
        SET_VARIABLE,
        _set_variable,
        required=("name", "kind"),
        optional=("value",),
        check=lambda given: values.typed(given["kind"], given.get("value", "")),
    )
)
add(Act(RUN_NOW, _run_now, required=("place",)))
add(
    Act(
        RESCHEDULE,
        _reschedule,
        required=("place", "until"),
        check=lambda given: values.typed(values.MOMENT, given["until"], field="until"),
    )
)
add(
    Act(
        SET_RETRIES,
        _set_retries,
        required=("place", "retries"),
        check=lambda given: waiting.retries_of(given["retries"]),
    )
)
add(Act(ASSIGN, _assign, required=("place", "person")))
registered(TERMINATE)(ending.terminate)
