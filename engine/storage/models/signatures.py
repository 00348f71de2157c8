"""What goes with a person's part in a task: signatures drawn by hand, and more time that he asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned


class KeptSignature(Keyed, Owned, Base):
    """The signature that a person has drawn once, to be given with a decision; what was signed with it keeps its own copy."""

    __tablename__ = "kept_signature"
    __table_args__ = (UniqueConstraint("company_id", "username"),)
    username: Mapped[str]
    strokes: Mapped[list[Any]] = mapped_column(Json)
    drawn_at: Mapped[datetime]


class Signature(Keyed, Owned, Base):
    """A signature under what somebody decided [签名]; written once, never changed.

    `content` holds the digest of each part of what was signed (`parts`), of the case's values as they stood (`seen`) and
    the files by key. `salt` keeps the digests from being guessed; it goes when the content is destroyed. `digest` is over
    all of it, and stands in the case's history too. `is_kept`: the signer gave the one he keeps.
    """

    __tablename__ = "signature"
    __table_args__ = (Index("ix_signature_instance_key", "instance_key"),)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    user_task_key: Mapped[int] = mapped_column(ForeignKey("user_task.key"))
    work_item_key: Mapped[int] = mapped_column(ForeignKey("work_item.key"))
    username: Mapped[str]
    instead_of: Mapped[str | None]
    signed_at: Mapped[datetime]
    sign_in: Mapped[dict[str, Any]] = mapped_column(Json)
    strokes: Mapped[list[Any]] = mapped_column(Json)
    is_kept: Mapped[bool] = mapped_column(default=False)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    salt: Mapped[str | None]
    digest: Mapped[str]


class Extension(Keyed, Owned, Base):
    """More time that somebody asked for a task [延期]. `state`: asked, granted, refused, taken_back.

    `before` is the deadline as it was then, `until` the one asked for; `note` is what whoever decided said.
    """

    __tablename__ = "extension"
    __table_args__ = (Index("ix_extension_user_task_key", "user_task_key"), Index("ix_extension_instance_key", "instance_key"))
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    user_task_key: Mapped[int] = mapped_column(ForeignKey("user_task.key"))
    asked_by: Mapped[str]
    instead_of: Mapped[str | None]
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    before: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="asked")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]
