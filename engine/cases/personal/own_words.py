"""What a person himself wrote into a case: it stays his to read, whatever is kept from him of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.storage.models import HistoryEvent, ProcessInstance

WITH_FORM = frozenset(("started", "completed", "voted"))


@dataclass(frozen=True)
class OwnWords:
    """The keys of the events by which the person acted in the case's tree, and what he filled in or decided upon in this case."""

    events: frozenset[int] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)


NOTHING = OwnWords()


def of_person(session: Session, by: Actor, instance: ProcessInstance) -> OwnWords:
    """As the history tells it, so that what others made of it since is not his, and what was erased is nobody's; one statement."""
    event, tree = HistoryEvent, ProcessInstance
    mine = (tree.root_key == instance.root_key, event.actor == by.username)
    columns = (event.key, event.instance_key, event.kind, event.data)
    rows = session.execute(select(*columns).join(tree, tree.key == event.instance_key).where(*mine).order_by(event.key)).all()
    values: dict[str, Any] = {}
    for row in rows:
        if row.kind in WITH_FORM and row.instance_key == instance.key:
            values.update(given(row.data))
    return OwnWords(frozenset(row.key for row in rows), values)


def given(data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What was filled in, as an event with a form keeps it; nothing where it was erased."""
    return data["values"] if data and "salt" in data else {}
