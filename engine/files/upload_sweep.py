"""The daily sweep of uploads that nobody refers to, and telling administrators when it would have taken too many."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import incident_rows
from engine.files import attachments, files
from engine.people import organisation
from engine.storage.models import Company, Incident

KIND = "uploads"
HELD_BACK = (
    Said("上传文件的清理没有进行", "Uploaded files were not tidied up"),
    Said("请先核对数据目录与数据库是否属于同一套。", "Please make sure first that data folder and database belong together."),
)
log = logging.getLogger(__name__)


def sweep(session: Session, *, now: datetime) -> None:
    """Sweeps; what was held back is told in the log and as an open incident of every company, until a sweep is usual again."""
    try:
        attachments.sweep(session, now=now)
    except files.TooMany as refusal:
        log.error("in the data folder %s: %s", session.info.get("data"), refusal)
        _raise(session, refusal, now)
    else:
        _settle(session, now)
    session.flush()


def _raise(session: Session, refusal: errors.Refusal, now: datetime) -> None:
    told = set(session.execute(_open().with_only_columns(Incident.company_id)).scalars())
    for company_id in session.execute(select(Company.id).order_by(Company.id)).scalars():
        if company_id not in told:
            company = organisation.current(session, company_id)
            incident_rows.add_alone(session, company, KIND, refusal, HELD_BACK, company.administrators, now=now)


def _settle(session: Session, now: datetime) -> None:
    for each in session.execute(_open().with_for_update()).scalars():
        each.state, each.resolved_at = "resolved", now


def _open() -> Select[Any]:
    return select(Incident).where(Incident.kind == KIND, Incident.state == "open")
