"""Customer records, their versions, keys, holds and readings, and the registers that stay for ever."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Keyed, Owned


class CustomerRecord(Keyed, Owned, Base):
    """A customer record's catalogue line [客户档案]. `state`: active, destroyed. The line itself stays for ever.

    `initials` are the pinyin initials of its name, for searching. `known_until` is the last day of its term of secrecy as its
    content says it, `known_until_of` the version and field from which that was read; `end_told` is what its keeper was told last.
    """

    __tablename__ = "customer_record"
    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        Index("ix_customer_record_list", "company_id", "state", "key"),
        Index("ix_customer_record_known_until", "company_id", "known_until"),
    )
    number: Mapped[str]
    name: Mapped[str]
    initials: Mapped[str] = mapped_column(default="")
    secrecy: Mapped[str]
    keeper: Mapped[str | None]
    copies: Mapped[list[Any]] = mapped_column(default=list)
    last_business_on: Mapped[date | None]
    current_version: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="active")
    known_until: Mapped[date | None]
    known_until_of: Mapped[str] = mapped_column(default="")
    end_told: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
    destroyed_in: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))


class RecordKey(Owned, Base):
    """The key that a record's contents are encrypted with; destroying this row destroys them all."""

    __tablename__ = "record_key"
    record_key: Mapped[int] = mapped_column(ForeignKey("customer_record.key"), primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class RecordVersion(Keyed, Owned, Base):
    """One version of a record's content, encrypted; `digest` is of the plain content, `secrecy` the level it was written at."""

    __tablename__ = "record_version"
    __table_args__ = (
        UniqueConstraint("record_key", "version"),
        Index("ix_record_version_instance_key", "instance_key"),
    )
    record_key: Mapped[int] = mapped_column(ForeignKey("customer_record.key"))
    version: Mapped[int]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str]
    secrecy: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    written_by: Mapped[str | None]
    written_at: Mapped[datetime]
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))


class RecordHold(Keyed, Owned, Base):
    """Why a record may not be destroyed just now: frozen, lent out, not settled [冻结/借阅中/未结清]."""

    __tablename__ = "record_hold"
    __table_args__ = (Index("ix_record_hold_record_key", "record_key"),)
    record_key: Mapped[int] = mapped_column(ForeignKey("customer_record.key"))
    kind: Mapped[str]
    reason: Mapped[str]
    placed_by: Mapped[str | None]
    placed_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class RecordProposal(Keyed, Owned, Base):
    """A record that a running case proposes to destroy: until that case is over no other one may. `root_key` is its tree's."""

    __tablename__ = "record_proposal"
    __table_args__ = (UniqueConstraint("record_key", "root_key"),)
    record_key: Mapped[int] = mapped_column(ForeignKey("customer_record.key"))
    root_key: Mapped[int]


class RecordReading(Keyed, Owned, Base):
    """Who read which record when, or was refused; nobody can change or remove a line.

    `instance_key` names the case whose diagram read it. `slot` is the reader, record, version and hour: one line for each.
    """

    __tablename__ = "record_reading"
    __table_args__ = (Index("ix_record_reading_record_key", "record_key", "key"),)
    record_key: Mapped[int] = mapped_column(ForeignKey("customer_record.key"))
    version: Mapped[int | None]
    username: Mapped[str]
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    slot: Mapped[str | None] = mapped_column(unique=True)
    at: Mapped[datetime]
    purpose: Mapped[str] = mapped_column(default="")
    granted: Mapped[bool]


class RegisterEntry(Keyed, Owned, Base):
    """A line of a register [台账] that a process enters and nobody removes."""

    __tablename__ = "register_entry"
    __table_args__ = (UniqueConstraint("company_id", "register", "number"),)
    register: Mapped[str]
    number: Mapped[str]
    instance_key: Mapped[int | None] = mapped_column(ForeignKey("process_instance.key"))
    data: Mapped[dict[str, Any]]
    entered_by: Mapped[str | None]
    entered_at: Mapped[datetime]


class Anchor(Base):
    """A line that was written to the file of anchors; the file has the line itself."""

    __tablename__ = "anchor"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    digest: Mapped[str]
