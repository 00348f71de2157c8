"""What a customer answered, online or by telephone, and what he was offered then: worked out anew from what people had filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine import runtime
from engine.basics.answers import choice
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.definitions.terms import Public
from engine.intake.answers import CHINESE
from engine.queries.cases.timeline import GIVING
from engine.queries.public import noted
from engine.storage.models import HistoryEvent, ProcessInstance

ANSWERED, WITHDRAWN, COMPLETED = "answered", "withdrawn", "completed"
SAID = (ANSWERED, WITHDRAWN)
Line = tuple[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a customer said at a moment: `values` are `accepted`, `chosen`, `rating` and what he wrote, each where he did.

    `offered` is what stood on the page then and does not now, as label and value; `is_noted`: staff wrote it down;
    `is_withdrawal`: he ended the case.
    """

    at: datetime
    values: Mapping[str, Any]
    offered: tuple[Line, ...] = ()
    is_noted: bool = False
    is_withdrawal: bool = False


def answers(
    session: Session,
    instance: ProcessInstance,
    public: Public,
    known: Mapping[str, Any],
    shown: Callable[[Mapping[str, Any]], list[Line]],
    work_out: noted.WorkOut,
) -> list[Answer]:
    """What he said so far, oldest first. One statement.

    `known` are the variables of the case as JSON holds them, `shown` works out what the page shows by such variables, `work_out`
    an expression. What was erased from the history, or comes from no form, is not told.
    """
    rows = _rows(session, instance)
    say = _saying(session, {row.definition_key for row in rows})
    filled_in = {name for row in rows if row.kind not in SAID for name in _values(row.data)}
    then = {name: value for name, value in known.items() if name not in filled_in}
    now, given = shown(known), []
    for row in rows:
        asking = _asking(session, row.definition_key, public).get(row.element_id) if row.kind == COMPLETED else None
        offered = tuple(line for line in shown(then) if line not in now) if asking or row.kind == ANSWERED else ()
        if row.kind in SAID:
            said = {**_values(row.data), "chosen": _chosen(_values(row.data), say)}
            given.append(Answer(row.at, said, offered, is_withdrawal=row.kind == WITHDRAWN))
            continue
        said = _noted(session, row, asking, then, work_out) if asking else {}
        if said or offered:
            given.append(Answer(row.at, said, offered, is_noted=True))
        then |= _values(row.data)
    return given


def _rows(session: Session, instance: ProcessInstance) -> Sequence[Row[Any]]:
    event, case = HistoryEvent, ProcessInstance
    statement = (
        select(event.at, event.kind, event.element_id, event.data, case.definition_key)
        .join(case, case.key == event.instance_key)
        .where(case.root_key == instance.root_key, event.kind.in_((*GIVING, *SAID)))
        .order_by(event.at, event.key)
    )
    return session.execute(statement).all()


def _noted(
    session: Session, row: Row[Any], asking: runtime.Element, then: Mapping[str, Any], work_out: noted.WorkOut
) -> dict[str, Any]:
    definition = definitions.by_key(session, row.definition_key)
    return noted.answer(definition, asking, {**row.data, "values": _values(row.data)}, then, work_out)


def _saying(session: Session, keys: set[int]) -> Callable[[str], str]:
    """What says a text of any of these versions to whoever reads."""
    sayings = [telling.saying(session, key) for key in sorted(keys)]

    def say(text: str) -> str:
        return next((told for each in sayings if (told := each(text)) != text), text)

    return say


def _chosen(values: Mapping[str, Any], say: Callable[[str], str]) -> str | None:
    """The words of what he chose, also where they are the usual ones in the language of the process and its own in another."""
    chosen = choice(values)
    if chosen is None or isinstance(chosen, str):
        return chosen and say(chosen)
    usual = CHINESE.yes if chosen else CHINESE.no
    return said if (said := say(usual)) != usual else None


def _values(data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    values = (data or {}).get("values")
    return values if isinstance(values, Mapping) and "erased" not in values else {}


def _asking(session: Session, definition_key: int, public: Public) -> dict[str, runtime.Element]:
    """The steps at which the customer is asked, so that who completes one writes his answer down; each with what takes his own."""
    elements = definitions.by_key(session, definition_key).program.elements.values()
    awaiting = ((each, each.message) for each in elements if each.attached_to)
    return {str(each.attached_to): each for each, message in awaiting if message and public.asks(each.id, message.name)}
