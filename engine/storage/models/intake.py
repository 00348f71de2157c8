"""What came from outside: filings by page, e-mail or web hook, how often an address has asked, messages to cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned


class Filing(Keyed, Owned, Base):
    """One thing handed in from outside. `source`: page, mail, hook; each `outside_id` of a source counts once.

    `outside_id` is the form's receipt, the e-mail's Message-ID or the hook's delivery id. Of the secret with which the
    customer follows the case only the digest is kept. Without `instance_key` it could not be read (e-mail).
    """

    __tablename__ = "filing"
    __table_args__ = (
        UniqueConstraint("company_id", "source", "outside_id"),
        Index("ix_filing_instance_key", "instance_key"),
        Index("ix_filing_content", "company_id", "content_digest", "filed_at"),
    )
    source: Mapped[str]
    outside_id: Mapped[str]
    process_id: Mapped[str]
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    secret_digest: Mapped[str] = mapped_column(default="")
    content_digest: Mapped[str] = mapped_column(default="")
    filed_at: Mapped[datetime]
    rating: Mapped[dict[str, Any] | None] = mapped_column(Json)
    rated_at: Mapped[datetime | None]


class RateCount(Keyed, Owned, Base):
    """How often an address has done something within one window of time."""

    __tablename__ = "rate_count"
    __table_args__ = (
        UniqueConstraint("company_id", "what", "address", "window_start"),
        Index("ix_rate_count_window_start", "window_start"),
    )
    what: Mapped[str]
    address: Mapped[str]
    window_start: Mapped[datetime]
    count: Mapped[int]


class Message(Keyed, Owned, Base):
    """A published message that waits for its subscriptions until it expires; `message_id` refuses repeats.

    `sender` is the first case of the tree that threw it, None for one from outside; `published_by` the username of the
    person who sent it or moved that case, None for the system: a case that is about him does not take it later either.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_name", "company_id", "name", "correlation_key"),
        Index(
            "uq_message_id",
            "company_id",
            "name",
            "correlation_key",
            "message_id",
            unique=True,
            postgresql_where=text("message_id is not null"),
            sqlite_where=text("message_id is not null"),
        ),
    )
    name: Mapped[str]
    correlation_key: Mapped[str]
    message_id: Mapped[str | None]
    sender: Mapped[int | None]
    published_by: Mapped[str | None]
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    published_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class MessageCorrelation(Owned, Base):
    """A process that a message has reached: one of its cases has taken it, or (`held`) it waits for its turn to start one."""

    __tablename__ = "message_correlation"
    __table_args__ = (Index("ix_message_correlation_held", "held", "message_key"),)
    message_key: Mapped[int] = mapped_column(ForeignKey("message.key"), primary_key=True)
    process_id: Mapped[str] = mapped_column(primary_key=True)
    held: Mapped[bool] = mapped_column(default=False)
