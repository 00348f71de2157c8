"""Who is to answer a case that waits for a message: the people who have the case that sends it, and until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session, aliased

from engine import runtime
from engine.definitions import definitions
from engine.people.organisation import Organisation
from engine.queries.cases.where import places
from engine.storage.models import ProcessInstance

THROWS = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})


@dataclass(frozen=True)
class Answerer:
    """The people and groups who have the steps of the case that is to answer, by name, and the nearest limit of these."""

    who: tuple[str, ...] = ()
    until: datetime | None = None


def of_messages(
    session: Session, company: Organisation, awaited: Collection[tuple[int, str]]
) -> Mapping[tuple[int, str], Answerer]:
    """By tree and message: of cases that one began by a message of the other, the one whose process throws what the other awaits.

    Two statements at most, none for none.
    """
    partners = session.execute(_partners({root for root, _name in awaited})).all() if awaited else []
    answering: dict[tuple[int, str], list[int]] = {}
    for root, message in awaited:
        keys = [row.key for row in partners if row.waiting == root and _throws(session, row.definition_key, message)]
        if keys:
            answering[root, message] = keys
    held = places.of_roots(session, company, {key for keys in answering.values() for key in keys})
    return {each: _together([place for key in keys for place in held.get(key, [])]) for each, keys in answering.items()}


def _partners(roots: Collection[int]) -> Any:
    """The running cases that these began by a message, and those by whose message they were begun."""
    case, began = ProcessInstance, aliased(ProcessInstance)
    below = select(case.begun_by.label("waiting"), case.key, case.definition_key)
    below = below.where(case.begun_by.is_not(None), case.begun_by.in_(roots), case.state == "active")
    above = select(case.key.label("waiting"), began.key, began.definition_key).join(began, began.key == case.begun_by)
    return union_all(below, above.where(case.key.in_(roots), began.state == "active"))


def _throws(session: Session, definition_key: int, message: str) -> bool:
    return any(_is_thrown(each, message) for each in definitions.by_key(session, definition_key).program.elements.values())


def _is_thrown(element: runtime.Element, message: str) -> bool:
    return element.type in THROWS and element.message is not None and element.message.name == message


def _together(held: list[places.CurrentPlace]) -> Answerer:
    names = [name for place in held for name in (*place.holders, *(place.claimants or place.groups))]
    limits = [place.due_at for place in held if place.due_at]
    return Answerer(tuple(dict.fromkeys(names)), min(limits, default=None))
