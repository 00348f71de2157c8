"""Who has which part in the tasks that several people have a part in: votes, signers, delegates, those not needed any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session

from engine.cases.personal.personal_data import Redaction
from engine.cases.rights.holding import NO_PART
from engine.definitions import definitions, outcome_labels
from engine.definitions.languages import telling
from engine.people import organisation
from engine.storage.models import ProcessInstance, UserTask, WorkItem

MOST = 300  # parts that one page shows


@dataclass(frozen=True)
class PersonPart:
    """Somebody's part: `who` is a person or a group, `by` who acted in his place, `asker` who added him (`asked_by`, his user name); `label` stood on the button that he chose."""

    who: str
    by: str
    position: str
    asker: str
    state: str
    outcome: str | None
    label: str
    opinion: str
    at: datetime | None
    weight: str
    has_veto: bool
    note: str | None
    asked_by: str = ""


@dataclass(frozen=True)
class JointDecision:
    """A task that several people have a part in; `rule` and `kind` are as the task keeps them, `outcome` what it came to.

    It may be of another case of the same tree than the one whose page shows it: `instance_key`, `process_name` and `number`
    say of which.
    """

    task_key: int
    name: str
    kind: str
    rule: str
    round: int
    state: str
    outcome: str | None
    parts: list[PersonPart]
    instance_key: int
    process_name: str
    number: str

    @property
    def asked(self) -> str:
        """What whoever has a task that he alone decides has asked of others: to sign beside him or otherwise, to do it for him;
        "" where nobody is left whom he asked, and where several decide it.
        """
        positions = {part.position for part in self.parts if part.state != "removed"} if self.rule == "any" else set()
        return next((each for each in ("beside", "before", "after", "delegated") if each in positions), "")


def of_case(
    session: Session,
    company: organisation.Organisation,
    root_key: int,
    redaction: Redaction | None,
    shown: ColumnElement[bool],
) -> list[JointDecision]:
    """The decisions of a case and of those it called that are `shown` (`barring.beside`), the oldest first, without tasks that one person did alone; one statement."""
    task, item, case = UserTask, WorkItem, ProcessInstance
    is_added = select(item.user_task_key).where(item.position.not_in(("own", *NO_PART)))
    is_shared = or_(task.rule != "any", task.key.in_(is_added))
    of_task = (
        task.key,
        task.element_id,
        task.name,
        task.kind,
        task.rule,
        task.round,
        task.state,
        task.outcome.label("result"),
        task.definition_key,
    )
    of_instance = (task.instance_key, case.process_name, case.number)
    of_item = (
        item.key.label("item"),
        item.parent_key,
        item.username,
        item.group_name,
        item.done_by,
        item.position,
        item.state.label("part"),
    )
    said = (item.outcome, item.opinion, item.done_at, item.weight, item.has_veto, item.note)
    statement = (
        select(*of_task, *of_instance, *of_item, *said)
        .join(item, item.user_task_key == task.key)
        .join(case, case.key == task.instance_key)
        .where(case.root_key == root_key, task.state != "cancelled", is_shared, item.position.not_in(NO_PART), shown)
        .order_by(task.key, item.turn, item.key)
        .limit(MOST)
    )
    rows: dict[int, list[Any]] = {}
    for row in session.execute(statement):
        rows.setdefault(row.key, []).append(row)
    return [_decision(session, company, [telling.told(session, row) for row in each], redaction) for each in rows.values()]


def _decision(
    session: Session, company: organisation.Organisation, rows: list[Any], redaction: Redaction | None
) -> JointDecision:
    first, holders = rows[0], {row.item: row.username or "" for row in rows}
    parts = [_part(session, company, row, holders.get(row.parent_key, ""), redaction) for row in rows]
    of_instance = (first.instance_key, first.process_name, first.number)
    return JointDecision(
        first.key, first.name, first.kind, first.rule, first.round, first.state, first.result, parts, *of_instance
    )


def _part(
    session: Session, company: organisation.Organisation, row: Row[Any], asked_by: str, redaction: Redaction | None
) -> PersonPart:
    opinion = row.opinion or ""
    return PersonPart(
        company.named(row.username or row.group_name or ""),
        company.name_of(row.done_by) if row.done_by not in (None, row.username) else "",
        row.position,
        company.name_of(asked_by) if asked_by else "",
        row.part,
        row.outcome,
        outcome_labels.said(definitions.by_key(session, row.definition_key).tasks.get(row.element_id), row.outcome or ""),
        redaction.text(opinion) if redaction else opinion,
        row.done_at,
        "" if row.weight == 1 else f"{row.weight.normalize():f}",
        row.has_veto,
        row.note,
        asked_by,
    )
