"""What a customer was offered when he answered, worked out anew from what people had filled in by then, where it stands no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.definitions.terms import Public
from engine.queries.cases.timeline import GIVING
from engine.storage.models import HistoryEvent, ProcessInstance

ANSWERED, COMPLETED = "answered", "completed"
Line = tuple[str, Any]


@dataclass(frozen=True)
class Offer:
    """What stood on the page as the customer answered, `at` that moment, as label and value; `is_noted`: staff wrote his answer down."""

    at: datetime
    lines: tuple[Line, ...]
    is_noted: bool = False


def gone(
    session: Session,
    instance: ProcessInstance,
    public: Public,
    known: Mapping[str, Any],
    shown: Callable[[Mapping[str, Any]], list[Line]],
) -> list[Offer]:
    """What he was offered when he answered and does not stand on the page now, oldest first. One statement.

    `known` are the variables of the case as JSON holds them, `shown` works out what the page shows by such variables. What was
    erased from the history, or comes from no form, is not told.
    """
    event, case = HistoryEvent, ProcessInstance
    statement = (
        select(event.at, event.kind, event.element_id, event.data, case.definition_key)
        .join(case, case.key == event.instance_key)
        .where(case.root_key == instance.root_key, event.kind.in_((*GIVING, ANSWERED)))
        .order_by(event.at, event.key)
    )
    rows = session.execute(statement).all()
    filled_in = {name for row in rows if row.kind != ANSWERED for name in _values(row.data)}
    then = {name: value for name, value in known.items() if name not in filled_in}
    now, offers = shown(known), []
    for row in rows:
        is_noted = row.kind == COMPLETED and row.element_id in _asking(session, row.definition_key, public)
        if is_noted or row.kind == ANSWERED:
            lines = tuple(line for line in shown(then) if line not in now)
            offers += [Offer(row.at, lines, is_noted)] if lines else []
        if row.kind != ANSWERED:
            then |= _values(row.data)
    return offers


def _values(data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    values = (data or {}).get("values")
    return values if isinstance(values, Mapping) and "erased" not in values else {}


def _asking(session: Session, definition_key: int, public: Public) -> set[str]:
    """The steps at which the customer is asked, so that who completes one writes his answer down."""
    elements = definitions.by_key(session, definition_key).program.elements.values()
    awaiting = ((each.attached_to, each.id, each.message) for each in elements if each.attached_to)
    return {step for step, event, message in awaiting if message and public.asks(event, message.name)}
