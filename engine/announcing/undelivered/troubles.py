"""A channel that does not work: tried again after more and more time, one incident until it works, and then it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import outbox
from engine.announcing.outbox import OutgoingBatch
from engine.announcing.ways.robots import PAUSE
from engine.basics.sayings import Said
from engine.cases import incident_rows, notices
from engine.cases.rights import keepers
from engine.storage import jobs
from engine.storage.database import Database
from engine.storage.models import Incident, NoticeChannel

KIND = "notice_channel"
SUBJECT = Said("通知渠道“{name}”发送失败", "The notice channel “{name}” does not work")
BODY = Said(
    "通知会保留，恢复后自动补发。请到“组织—通知渠道”检查。",
    "Notices are kept and leave once it works again. Please look at “Organisation”, “Notice channels”.",
)

WELL = Said("通知渠道“{name}”已恢复", "The notice channel “{name}” works again")
WELL_BODY = Said("期间未发出的通知正在补发。", "The notices that were kept are leaving now.")


def failed(database: Database, batch: OutgoingBatch, why: errors.Refusal, *, now: datetime) -> None:
    """Notes that a channel failed, and tells it the first time; what was not sent waits."""
    with database.transaction(batch.company.id) as session:
        row = session.get(NoticeChannel, batch.channel.key, with_for_update=True)
        if row is None:  # taken away meanwhile
            return
        is_new, row.failing_since = row.failing_since is None, row.failing_since or now
        row.attempts += 1
        row.next_at = now + jobs.backoff(row.attempts)
        outbox.release(session, batch)
        if is_new:
            _tell(session, batch, why, now)
        session.flush()


def _tell(session: Session, batch: OutgoingBatch, why: errors.Refusal, now: datetime) -> None:
    channel = batch.channel
    told = errors.Refusal(why.text, fields=None, **why.values, channel=str(channel.key))
    to = keepers.keepers_of(session, batch.company)
    words = SUBJECT.of(name=channel.name), BODY
    incident_rows.add_alone(session, batch.company, KIND, told, words, to, now=now)


def worked(database: Database, batch: OutgoingBatch, *, now: datetime, is_paused: bool) -> None:
    """Notes that a channel works, and ends its incident; a robot keeps silent for a moment."""
    channel, row = batch.channel, NoticeChannel
    if channel.failing_since is None and not is_paused:
        return
    with database.transaction(batch.company.id) as session:
        values = {"attempts": 0, "failing_since": None, "next_at": now + PAUSE if is_paused else None}
        session.execute(update(row).where(row.key == channel.key).values(**values))
        if channel.failing_since is not None:
            resolve(session, batch.company.id, channel.key, now)
            to = keepers.keepers_of(session, batch.company)
            notices.of_installation(session, batch.company, to, WELL.of(name=channel.name), WELL_BODY, now=now, is_over=True)


def resolve(session: Session, company_id: str, key: int, now: datetime, kinds: Sequence[str] = (KIND,)) -> None:
    """Ends the incidents of these kinds of a channel."""
    open_ = (Incident.company_id == company_id, Incident.kind.in_(kinds), Incident.state == "open")
    for each in session.execute(select(Incident).where(*open_).with_for_update()).scalars():
        if each.values.get("channel") == str(key):
            each.state, each.resolved_at = "resolved", now
    session.flush()
