"""What every step of a case was told, with its round, and what the customer said by himself: for papers, which show each answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.basics import answers
from engine.cases.lines import filled, wording
from engine.cases.personal.personal_data import Redaction
from engine.cases.rights import barring
from engine.definitions import definitions
from engine.intake.answers import CHINESE
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import HistoryEvent, ProcessInstance

FILLED, ANSWERED, ARRIVED = ("completed", "passed"), "answered", "message_received"


@dataclass(frozen=True)
class Saying:
    """What was said at one step; `round` is how often the step had come by then, as its task says, `by` is nobody where the customer wrote himself.

    `tables` are the lists that its form asked for, by name: {"columns": labels, "rows": rows of words}.
    """

    id: str
    step: str
    round: int
    at: datetime
    by: str
    outcome: str
    values: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def told(self, moment: Callable[[datetime | None], str]) -> dict[str, Any]:
        """As a template reads it."""
        return {**vars(self), "at": moment(self.at), "values": dict(self.values), "tables": dict(self.tables)}


def of_case(
    session: Session,
    by: Actor,
    company: Organisation,
    instance: ProcessInstance,
    redaction: Redaction | None,
    zone: ZoneInfo,
) -> list[Saying]:
    """Those of the case and of all that it called which the person may know of, oldest first, masked by the redaction."""
    event, case = HistoryEvent, ProcessInstance
    columns = (event.kind, event.at, event.actor, event.element_id, event.element_name, event.data, event.instance_key)
    statement = (
        select(*columns, case.definition_key)
        .join(case, case.key == event.instance_key)
        .where(case.root_key == instance.root_key, event.kind.in_((*FILLED, ANSWERED, ARRIVED)))
        .where((case.key == instance.key) | (case.root_key == instance.key), barring.beside(by, instance))
        .order_by(event.at, event.instance_key, event.sequence)
    )
    rows = session.execute(statement).all()
    return list(_Reader(session, company, redaction, zone).sayings(rows))


class _Reader:
    def __init__(self, session: Session, company: Organisation, redaction: Redaction | None, zone: ZoneInfo) -> None:
        self.session, self.company, self.redaction, self.zone = session, company, redaction, zone

    def sayings(self, rows: Sequence[Row[Any]]) -> Iterator[Saying]:
        """An answer of the customer belongs to the step that asks him too: the one that his message ended."""
        done: Counter[str] = Counter()
        arrived = {row.at: self._asking(row) for row in rows if row.kind == ARRIVED}
        for row in rows:
            if row.kind == ARRIVED:
                continue
            step, name = (
                arrived.get(row.at, ("", "")) if row.kind == ANSWERED else (row.element_id or "", row.element_name or "")
            )
            done[step] = max(done[step] + (row.kind == ANSWERED), (row.data or {}).get("round") or 1)
            yield self._saying(row, step, name, done[step])

    def _asking(self, row: Row[Any]) -> tuple[str, str]:
        elements = definitions.as_drawn(self.session, row.definition_key).program.elements
        met = elements.get(row.element_id or "")
        step = elements.get(met.attached_to or "") if met else None
        asking = step or met
        return (asking.id, asking.name) if asking else ("", "")

    def _saying(self, row: Row[Any], step: str, name: str, number: int) -> Saying:
        data = row.data or {}
        given = data.get("values")
        values: Mapping[str, Any] = given if isinstance(given, Mapping) and "erased" not in given else {}
        shown = self.redaction.variables(values) if self.redaction else values
        definition = definitions.as_drawn(self.session, row.definition_key)
        settings, outcome = definition.tasks.get(step), str(data.get("outcome") or "")
        chosen = settings.outcome(outcome) if settings and settings.has_own_outcomes else None
        by = "" if row.kind == ANSWERED else self.company.signed(row.actor, data.get("for"))
        asked = [] if row.kind == ANSWERED else self._of_form(definition, step, shown)
        told = _answer(shown) if row.kind == ANSWERED else {_bare(each): each.value for each in asked if each.kind == "text"}
        words = {key: self._in_words(value) for key, value in told.items()}
        tables = {_bare(each): self._table(each) for each in asked if each.kind == "table"}
        return Saying(step, name, number, row.at, by, chosen.label if chosen else "", words, tables)

    def _of_form(self, definition: definitions.Definition, step: str, values: Mapping[str, Any]) -> list[filled.Value]:
        """The answers as the step's form words them."""
        form = definition.form_of(step)
        told = filled.of_form(form.schema if form else None, self.company, values, beside=False)
        return [each for each in told if each.is_asked]

    def _table(self, table: filled.Value) -> dict[str, Any]:
        return {"columns": list(table.columns), "rows": [[self._in_words(each) for each in row] for row in table.rows]}

    def _in_words(self, value: Any) -> str:
        return wording.in_words(value, self.zone, self.company)


def _bare(value: filled.Value) -> str:
    return value.name.strip(".").rpartition(".")[2]


def _answer(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the customer chose, in the words that he chose from."""
    return {**values, "accepted": answers.word(values, CHINESE.yes, CHINESE.no)}
