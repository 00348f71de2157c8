"""Which cases an act is meant for: a process, a version, a step, a state, what stopped them, or a list of numbers."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.cases.rights import access
from engine.definitions import definitions, step_names
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.storage.models import HAS_INCIDENTS, Incident, Job, ProcessInstance, Subscription, Timer, UserTask
from engine.verbs import grounds

MOST = 20_000
RUNNING, STOPPED, OVERDUE, SUSPENDED = STATES = ("active", "incident", "overdue", "suspended")
BETWEEN = re.compile(r"[\s,;，；、]+")
PASSED = frozenset({"startEvent", "endEvent", "intermediateThrowEvent", "subProcess"})  # nothing waits there
VERSION_DIGITS = 10
AT_A_TIME = 500  # numbers in one statement
TOO_MANY = "That would be more than %(most)s cases. Please narrow the choice."
NOBODY = "No running case fits. Please choose otherwise."
UNKNOWN_NUMBERS = "There is no running case that you may operate on with the number %(numbers)s."


@dataclass(frozen=True)
class Chosen:
    """What is asked of the cases; "" asks nothing. `state` is one of `STATES`, `numbers` are numbers of cases."""

    process: str = ""
    version: str = ""
    element: str = ""
    state: str = ""
    cause: str = ""
    numbers: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it would take every running case there is."""
        return not any({**asdict(self), "state": "" if self.state == RUNNING else self.state}.values())

    def stored(self) -> dict[str, Any]:
        """As it stands in the log: what is asked, by name."""
        return {name: list(value) if name == "numbers" else value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Chosen:
        """What `stored` gave, as any version stored it."""
        known = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        return cls(**{**known, "numbers": tuple(known.get("numbers", ()))})


def numbers_in(text: str) -> tuple[str, ...]:
    """Numbers of cases as people paste them: one a line, or with commas between."""
    return tuple(dict.fromkeys(each for each in BETWEEN.split(text.strip()) if each))


def cases(session: Session, by: Actor, chosen: Chosen, *, now: datetime) -> list[tuple[int, str]]:
    """Keys and numbers of the running cases that are meant and that the person operates on, in the order of their trees.

    Raises Invalid by name for nothing asked, an unknown process, version, step or state, numbers that are none of these
    cases, no case at all, or more than `MOST`.
    """
    _check(session, by, chosen)
    conditions = [_operated(session, by), *_conditions(chosen, now)]
    matching = list(_found(session, conditions, chosen.numbers))
    missing = [number for number in chosen.numbers if number not in {each.number for each in matching}]
    if missing:
        _refuse("numbers", UNKNOWN_NUMBERS, numbers=sayings.joined(missing[:20]))
    if not matching:
        _refuse("", NOBODY)
    if len(matching) > MOST:
        _refuse("", TOO_MANY, most=MOST)
    return [(each.key, each.number) for each in sorted(matching, key=lambda each: (each.root_key, each.key))]


def steps(session: Session, by: Actor, process: str, version: str = "") -> list[tuple[str, str]]:
    """Ids and names of the steps of a process at which cases wait, as its newest version or `version` has them; none for another's.

    Where no version is said, those that only older versions by which cases run have come behind, each with its version.
    """
    newest = definition(session, by, process, version)
    if newest is None:
        return []
    names = dict(steps_of(newest))
    for older in [] if version else _older(session, by, process):
        for id, name in steps_of(older):
            names.setdefault(id, f"{name} (v{older.version})")
    return list(names.items())


def versions(session: Session, by: Actor, process: str) -> list[tuple[int, int]]:
    """The newest version of a process that the person operates on, and the older ones by which cases run, each with how many do."""
    newest = definition(session, by, process)
    if newest is None:
        return []
    older = definitions.older_in_use(session, by.company_id, process)
    return [(newest.version, 0), *((each.version, cases) for each, cases in older)]


def _older(session: Session, by: Actor, process: str) -> list[Definition]:
    return [each for each, _cases in definitions.older_in_use(session, by.company_id, process)]


def definition(session: Session, by: Actor, process: str, version: str = "") -> Definition | None:
    """The newest version of a process that the person operates on, or this one where there is such a version."""
    known = {each.process_id: each for each in definitions.all_latest(session, by.company_id)}
    if process not in known or not access.may_operate(session, by, process):
        return None
    if version.isascii() and version.isdecimal() and len(version) < VERSION_DIGITS:
        with contextlib.suppress(errors.NotFound):
            return definitions.of_version(session, by.company_id, process, int(version))
    return known[process]


def steps_of(definition: Definition) -> list[tuple[str, str]]:
    """Ids and names of the steps at which cases of this version wait, no two names alike."""
    types = {id: each.type for id, each in definition.program.elements.items()}
    names = step_names.of_steps(definition).items()
    return [(id, name) for id, name in names if not types[id].endswith("Gateway") and types[id] not in PASSED]


def _found(session: Session, conditions: list[ColumnElement[bool]], numbers: tuple[str, ...]) -> Iterator[Any]:
    case = ProcessInstance
    statement = select(case.key, case.number, case.root_key).where(*conditions).order_by(case.key).limit(MOST + 1)
    if not numbers:
        yield from session.execute(statement)
    for start in range(0, len(numbers), AT_A_TIME):
        yield from session.execute(statement.where(case.number.in_(numbers[start : start + AT_A_TIME])))


def _operated(session: Session, by: Actor) -> ColumnElement[bool]:
    """The condition for the cases that the person may know of and operate on."""
    case = ProcessInstance
    seen = access.cases_seen(session, by) & (case.company_id == by.company_id) & (case.state == "active")
    return seen if by.operates else seen & case.process_id.in_(access.managed(session, by))


def _conditions(chosen: Chosen, now: datetime) -> Iterator[ColumnElement[bool]]:
    case = ProcessInstance
    if chosen.process:
        yield case.process_id == chosen.process
    if chosen.version:
        yield case.version == int(chosen.version)
    if chosen.element:
        yield _at(chosen.element)
    if chosen.cause:
        yield exists().where(Incident.instance_key == case.key, Incident.state == "open", Incident.cause == chosen.cause)
    if chosen.state in _STATES:
        yield _STATES[chosen.state](now)


def _at(element: str) -> ColumnElement[bool]:
    """Whether something waits at the element."""
    case = ProcessInstance
    condition: ColumnElement[bool] = exists().where(
        UserTask.instance_key == case.key, UserTask.element_id == element, UserTask.state == "open"
    )
    for row, extra in (
        (Timer, ()),
        (Subscription, ()),
        (Job, (Job.state.in_(("open", "leased", "failed", "held")),)),
        (Incident, (Incident.state == "open",)),
    ):
        condition = condition | exists().where(row.instance_key == case.key, row.element_id == element, *extra)
    return condition


def _overdue(now: datetime) -> ColumnElement[bool]:
    task = exists().where(UserTask.instance_key == ProcessInstance.key, UserTask.state == "open", UserTask.due_at < now)
    return (ProcessInstance.due_at < now) | task


_STATES: Mapping[str, Any] = {
    STOPPED: lambda _now: HAS_INCIDENTS,
    OVERDUE: _overdue,
    SUSPENDED: lambda _now: ProcessInstance.suspended.is_not(None),
}


def _check(session: Session, by: Actor, chosen: Chosen) -> None:
    if chosen.is_empty:
        _refuse(
            "process",
            "Please say which cases are meant: choose a process, or give their numbers; all running cases at once are too many.",
        )
    if chosen.state and chosen.state not in STATES:
        _refuse("state", "There is no state “%(name)s”; there are: %(states)s.", name=chosen.state, states=", ".join(STATES))
    if chosen.version and not (
        chosen.version.isascii() and chosen.version.isdecimal() and len(chosen.version) < VERSION_DIGITS
    ):
        _refuse("version", "“%(name)s” is no version.", name=chosen.version)
    if (chosen.version or chosen.element) and not chosen.process:
        _refuse("process", "Please choose the process first.")
    if chosen.process:
        _check_process(session, by, chosen)


def _check_process(session: Session, by: Actor, chosen: Chosen) -> None:
    known = {each.process_id: each for each in definitions.all_latest(session, by.company_id)}
    may_operate = chosen.process in known and access.may_operate(session, by, chosen.process)
    if not may_operate:
        _refuse("process", "There is no process “%(name)s” that you operate on.", name=chosen.process)
    if not chosen.element:
        return
    if chosen.version:
        meant = [definitions.of_version(session, by.company_id, chosen.process, int(chosen.version))]
    else:
        meant = [known[chosen.process], *_older(session, by, chosen.process)]
    grounds.require_step([each.program for each in meant], chosen.element, "element")


def _refuse(field: str, text: str, **said: object) -> None:
    fields = {field: [errors.Refusal(text, fields=None, **said)]} if field else None
    raise errors.Invalid(text, fields=fields, **said)
