"""What is begun and not sent: processes as they are being drawn, with the saves one can go back to; start forms of cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned


class ProcessDraft(Keyed, Owned, Base):
    """A package under work [草稿]. `state`: open, published, discarded.

    `base_key` is the version it was begun from, None for a new process. `files` are its texts by file name, `settings`
    the workflow.toml of each of its processes by id. `revision` counts the saves: a save names the one it was made from.
    `touched` is the revision at which each file changed last, by its name, that of the settings under "": what two people
    change in different files does not collide. `asked_*`: who asked for its release by a second person, when, of which save.
    `walked` is what came of its scenarios last, by file name, each with a digest of all that decided it.
    """

    __tablename__ = "process_draft"
    __table_args__ = (Index("ix_process_draft_process", "company_id", "process_id", "state"),)
    process_id: Mapped[str]
    name: Mapped[str]
    base_key: Mapped[int | None] = mapped_column(ForeignKey("process_definition.key"))
    files: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    settings: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    revision: Mapped[int] = mapped_column(default=1)
    touched: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    walked: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, deferred=True)
    state: Mapped[str] = mapped_column(default="open")
    asked_revision: Mapped[int | None]
    asked_by: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]


class DraftSave(Keyed, Owned, Base):
    """A draft as it was once; those of one person that follow each other within minutes are one."""

    __tablename__ = "draft_save"
    __table_args__ = (Index("ix_draft_save_draft", "draft_key", "revision"),)
    draft_key: Mapped[int] = mapped_column(ForeignKey("process_draft.key"))
    revision: Mapped[int]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]
    files: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    settings: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)


class DraftComment(Keyed, Owned, Base):
    """What somebody said of an element of a draft; `resolved_at` None: open still."""

    __tablename__ = "draft_comment"
    __table_args__ = (Index("ix_draft_comment_draft", "draft_key", "element_id"),)
    draft_key: Mapped[int] = mapped_column(ForeignKey("process_draft.key"))
    element_id: Mapped[str]
    text: Mapped[str]
    said_at: Mapped[datetime]
    said_by: Mapped[str]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]


class DraftPresence(Keyed, Owned, Base):
    """When somebody had a draft before him last; of those who left it a row may stay until somebody else looks."""

    __tablename__ = "draft_presence"
    __table_args__ = (Index("ux_draft_presence", "draft_key", "username", unique=True),)
    draft_key: Mapped[int] = mapped_column(ForeignKey("process_draft.key"))
    username: Mapped[str]
    seen_at: Mapped[datetime]


class ProcessEvent(Keyed, Owned, Base):
    """What was done with a process as a whole: published, retired, restored, its release asked for. Append-only."""

    __tablename__ = "process_event"
    __table_args__ = (Index("ix_process_event_process", "company_id", "process_id", "key"),)
    process_id: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RetiredProcess(Keyed, Owned, Base):
    """A process that nobody may start any more [停用]; its cases go on. The row goes when it is restored."""

    __tablename__ = "retired_process"
    __table_args__ = (Index("ux_retired_process", "company_id", "process_id", unique=True),)
    process_id: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str]


class StartDraft(Keyed, Owned, Base):
    """A start form somebody has begun and not sent [草稿]; `copied_from` is the case it was copied from [重新发起]."""

    __tablename__ = "start_draft"
    __table_args__ = (Index("ix_start_draft_author", "company_id", "username", "key"),)
    username: Mapped[str]
    process_id: Mapped[str]
    data: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    copied_from: Mapped[int | None]
