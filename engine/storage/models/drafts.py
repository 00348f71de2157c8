"""Processes as they are being drawn: one draft of a package, and the saves it can go back to."""

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
    """

    __tablename__ = "process_draft"
    __table_args__ = (Index("ix_process_draft_process", "company_id", "process_id", "state"),)
    process_id: Mapped[str]
    name: Mapped[str]
    base_key: Mapped[int | None] = mapped_column(ForeignKey("process_definition.key"))
    files: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    settings: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="open")
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
