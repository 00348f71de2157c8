"""The way that a case has gone so far: what people did there, where that sent it back, and the cases that it called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import Session

from engine.cases.rights import barring
from engine.definitions.definitions import Definition
from engine.definitions.languages import telling
from engine.execution import comebacks
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases import timeline
from engine.storage.models import ProcessInstance, UserTask

SENDING = ("completed", "voted", "passed", "skipped", "answered", "message_received")  # events by which a case may come back


@dataclass(frozen=True)
class Relative:
    """The case that called this one, or one that this one called.

    `is_kept`: it is about the reader, who is told nothing of it but what its process is called, and whether it runs (`barring`).
    """

    key: int
    number: str
    process_name: str
    state: str
    ended_as: str | None
    process_id: str = ""
    started_at: datetime | None = None
    is_kept: bool = False


@dataclass(frozen=True)
class PassedStep:
    """One step of the way so far: a person's act, or (`child`) a case that was called; `was_skipped`: an operator's, instead."""

    name: str
    at: datetime
    who: str = ""
    label: str = ""
    outcome: str = ""
    child: Relative | None = None
    was_skipped: bool = False
    sent_back: tuple[Mapping[str, Any], ...] = ()


def relatives(session: Session, by: Actor, instance: ProcessInstance) -> tuple[Relative | None, list[Relative]]:
    """The case that called this one, and those that this one called, as far as the person may know of them."""
    row = ProcessInstance
    called = select(row.key).where(row.parent_key == instance.key)
    above = select(row.key).where(row.key == instance.parent_key)
    related = row.key.in_(union_all(called, above) if instance.parent_key else called)  # an OR would pass the index by
    columns = (row.key, row.number, row.process_name, row.state, row.ended_as, row.process_id, row.started_at)
    called_cases = []
    is_kept = (~barring.beside(by, instance)).label("is_kept")
    for each in session.execute(select(*columns, row.definition_key, is_kept).where(related).order_by(row.key)):
        said = telling.told(session, each)
        if said.is_kept:
            state = said.state if said.state == "active" else ""
            relative = Relative(said.key, "", said.process_name, state, None, "", said.started_at, is_kept=True)
        else:
            named = (said.number, said.process_name, said.state, said.ended_as)
            relative = Relative(said.key, *named, said.process_id, said.started_at)
        called_cases.append(relative)
    parent = next((each for each in called_cases if each.key == instance.parent_key), None)
    return parent, [each for each in called_cases if each.key != instance.parent_key]


def passed(
    definition: Definition, entries: list[timeline.TimelineEntry], children: list[Relative], here: int
) -> list[PassedStep]:
    """What people did in this case and which cases it called, in the order of time."""
    own = [each for each in entries if each.instance_key == here and each.kind in ("started", "completed", "passed", "skipped")]
    steps = [
        PassedStep(
            each.element,
            each.at,
            each.who,
            each.label,
            each.outcome,
            was_skipped=each.kind == "skipped",
            sent_back=each.sent_back,
        )
        for each in own
    ]
    names = {each.called_process_id: each.name for each in definition.program.elements.values() if each.called_process_id}
    called = [
        PassedStep(names.get(each.process_id) or each.process_name, each.started_at, child=each)
        for each in children
        if each.started_at
    ]
    return sorted([*steps, *called], key=lambda step: step.at)


def with_returns(
    session: Session,
    company: Organisation,
    root_key: int,
    entries: list[timeline.TimelineEntry],
    shown: ColumnElement[bool],
) -> list[timeline.TimelineEntry]:
    """The entries, those that sent a case that is `shown` back with where to and why; one statement."""
    row, sent = UserTask, dict[int, dict[str, Mapping[str, Any]]]()
    asked = select(row.name, row.definition_key, row.returned).join(ProcessInstance, ProcessInstance.key == row.instance_key)
    tree = (ProcessInstance.root_key == root_key, comebacks.sent_back(), shown)
    for task in session.execute(asked.where(*tree).order_by(row.key)):
        told = comebacks.named(task.returned, company, telling.saying(session, task.definition_key))
        if told and (by := _sender(entries, told)):
            to = telling.saying(session, task.definition_key)(task.name)
            sent.setdefault(by.key, {})[to] = {**told, "to": to}
    return [replace(each, sent_back=tuple(sent.get(each.key, {}).values())) for each in entries]


def _sender(entries: list[timeline.TimelineEntry], told: Mapping[str, Any]) -> timeline.TimelineEntry | None:
    """What happened at the moment of a return, the step that it came from and what somebody said before what only arrived."""
    at = datetime.fromisoformat(told["at"])
    then = [each for each in entries if each.at == at and each.kind in SENDING]
    return min(then, key=lambda each: (each.element != told["from"], SENDING.index(each.kind), -each.key), default=None)
