"""The files of a case and of all cases it called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.cases.personal.personal_data import Redaction
from engine.people import organisation
from engine.storage.models import Attachment, ProcessInstance


@dataclass(frozen=True)
class AttachedFile:
    """One file: its name, size in octets, who handed it in and when."""

    key: int
    name: str
    size: int
    uploaded_by: str
    uploaded_at: datetime


def attachments(
    session: Session, company: organisation.Organisation, root_key: int, shown: ColumnElement[bool]
) -> list[AttachedFile]:
    """All files of the cases of a tree that are `shown` (`barring.beside`), oldest first; one statement."""
    row = Attachment
    statement = (
        select(row.key, row.name, row.size, row.uploaded_by, row.uploaded_at)
        .join(ProcessInstance, ProcessInstance.key == row.instance_key)
        .where(ProcessInstance.root_key == root_key, shown)
        .order_by(row.key)
    )
    return [
        AttachedFile(line.key, line.name, line.size, company.name_of(line.uploaded_by), line.uploaded_at)
        for line in session.execute(statement)
    ]


def masked(files: Iterable[AttachedFile], redaction: Redaction) -> list[AttachedFile]:
    """The files with personal data masked in their names."""
    return [replace(each, name=redaction.text(each.name)) for each in files]
