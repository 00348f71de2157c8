"""The signatures under what people decided in a case, each checked against what is stored of its content now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine.basics.letters import strokes
from engine.cases import cases, signing
from engine.cases.lines import filled
from engine.definitions import definitions
from engine.people.organisation import Organisation
from engine.storage.models import Attachment, ProcessInstance, Signature, UserTask, WorkItem


@dataclass(frozen=True)
class Signed:
    """A signature: its strokes, the `path` of its drawing, and what a check of it found.

    `altered` are parts of `signing.PARTS`, or record; `changed` labels of fields that later steps have set anew.
    """

    strokes: strokes.Strokes
    path: str
    at: datetime
    digest: str
    is_valid: bool
    is_erased: bool
    altered: tuple[str, ...]
    changed: tuple[str, ...]


def of_recorded(session: Session, company: Organisation, recorded: Mapping[int, str], *, now: datetime) -> dict[int, Signed]:
    """The signatures of these keys, with the digests that the history records of them; no statement where there are none."""
    if not recorded:
        return {}
    rows = _rows(session, recorded)
    wanted = {key for row in rows for key in row[0].content["files"]}
    files = {each.key: each for each in session.execute(select(Attachment).where(Attachment.key.in_(wanted))).scalars()}
    known = {key: cases.variables(session, case, now=now) for key, case in {each[1].key: each[1] for each in rows}.items()}
    return {row[0].key: _signed(session, company, *row, files, known[row[1].key], recorded[row[0].key]) for row in rows}


def _rows(session: Session, wanted: Iterable[int]) -> list[tuple[Signature, ProcessInstance, UserTask, WorkItem]]:
    row = Signature
    statement = (
        select(row, ProcessInstance, UserTask, WorkItem)
        .join(ProcessInstance, ProcessInstance.key == row.instance_key)
        .join(UserTask, UserTask.key == row.user_task_key)
        .join(WorkItem, WorkItem.key == row.work_item_key)
        .where(row.key.in_(list(wanted)))
        .options(undefer(WorkItem.given), undefer(ProcessInstance.tokens))
    )
    return [(each[0], each[1], each[2], each[3]) for each in session.execute(statement)]


def _signed(
    session: Session,
    company: Organisation,
    row: Signature,
    instance: ProcessInstance,
    task: UserTask,
    item: WorkItem,
    files: Mapping[int, Attachment],
    known: Mapping[str, Any],
    recorded: str,
) -> Signed:
    there = [files[key] for key in row.content["files"] if key in files]
    signed = signing.check(row, instance, task, item, there, known, recorded)
    labels = _labels(session, company, instance, known) if signed.changed else {}
    changed = tuple(dict.fromkeys(labels[name] for name in signed.changed if name in labels))
    return Signed(
        row.strokes,
        strokes.path(row.strokes),
        row.signed_at,
        row.digest,
        signed.is_valid,
        signed.is_erased,
        signed.altered,
        changed,
    )


def _labels(session: Session, company: Organisation, instance: ProcessInstance, known: Mapping[str, Any]) -> dict[str, str]:
    """What the forms call the variables of a case; one that no form names is machinery."""
    definition = definitions.by_key(session, instance.definition_key)
    told = filled.filled_fields(definition, company, known)
    return {filled.root(each.name): each.label for each in reversed(told)}
