"""Notices that leave the product: by which channels, to whom and how, and those that are on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned
from engine.storage.models.people.signing_in import Sealed

WAITING = "state = 'waiting'"
UNROUTED = 0  # the channel of what still has to be put on its ways
WORDED = (
    "worded"  # a kind: a letter whose facts are its subject and body already; it goes by mail alone, in a letter of its own
)


class NoticeChannel(Sealed, Keyed, Owned, Base):
    """A way by which notices leave [通知渠道]. `kind`: mail, wecom, dingtalk, feishu, hook; one of mail for a company.

    `kinds` are the kinds of notices that leave by it, `config` what is no secret; its secret is address or password,
    sealed. While `failing_since` is set it is tried again at `next_at`, after more and more time; an
    incident says so until it works again. A robot that has spoken is silent until `next_at` too.
    """

    __tablename__ = "notice_channel"
    __table_args__ = (Index("ix_notice_channel_company_id", "company_id"),)
    kind: Mapped[str]
    name: Mapped[str]
    is_on: Mapped[bool] = mapped_column(default=True)
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]


class NoticeChoice(Keyed, Owned, Base):
    """What a person chose for his notices: how each kind reaches him, and from when until when he wants quiet (HH:MM)."""

    __tablename__ = "notice_choice"
    __table_args__ = (UniqueConstraint("company_id", "username"),)
    username: Mapped[str]
    how: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quiet_from: Mapped[str | None]
    quiet_until: Mapped[str | None]


class Outgoing(Keyed, Owned, Base):
    """A notice to one person on its way through one channel. `state`: waiting, sent, dropped (not needed any more), refused, unknown
    (said to a chat that gave no answer).

    `source` says what it is about: no person is told of the same twice by a channel. What goes in one letter shares
    `letter`; as long as `leased_until` is ahead and its `worker` lives that is at it. `facts` are emptied when it is over.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        UniqueConstraint("channel_key", "username", "source"),
        Index(
            "ix_outgoing_waiting", "channel_key", "due_at", "key", postgresql_where=text(WAITING), sqlite_where=text(WAITING)
        ),
        Index("ix_outgoing_made_at", "made_at"),
        Index("ix_outgoing_instance_key", "instance_key"),
    )
    channel_key: Mapped[int]
    username: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    instance_key: Mapped[int | None]
    task_key: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    letter: Mapped[int | None]
    leased_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    over_at: Mapped[datetime | None]
    error: Mapped[str | None]
