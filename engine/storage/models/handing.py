"""What people do around a case beside acting on it: deputies, copies, questions, following, links, batches, phrases, views."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned


class Deputy(Keyed, Owned, Base):
    """Somebody who acts for another while he is away [外出委托], from `begins_at` until `ends_at` or until it is ended.

    `processes` are those it is about, None for all; `covers_existing` says whether tasks that came before count too.
    """

    __tablename__ = "deputy"
    __table_args__ = (
        Index("ix_deputy_deputy", "company_id", "deputy", "ends_at"),
        Index("ix_deputy_principal", "company_id", "principal", "ends_at"),
    )
    principal: Mapped[str]
    deputy: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    processes: Mapped[list[Any] | None] = mapped_column(Json)
    covers_existing: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class CarbonCopy(Keyed, Owned, Base):
    """A case that somebody is to know of [抄送], once for each person; `sent_by` is None where the diagram sends it.

    The case is named without a foreign key: thousands of copies would hold its lock while they are written.
    """

    __tablename__ = "carbon_copy"
    __table_args__ = (
        UniqueConstraint("instance_key", "username"),
        Index("ix_carbon_copy_reader", "company_id", "username", "key"),
        Index(
            "ix_carbon_copy_unread",
            "company_id",
            "username",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
    )
    instance_key: Mapped[int]
    username: Mapped[str]
    sent_by: Mapped[str | None]
    sent_at: Mapped[datetime]
    step: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime | None]
    comment: Mapped[str | None]
    commented_at: Mapped[datetime | None]


class Consultation(Keyed, Owned, Base):
    """A question that whoever holds a task puts to somebody [征询]; the answer is shown and decides nothing.

    `answered_at` is when it was over: by its `answer`, or without one because whoever asked took it back.
    """

    __tablename__ = "consultation"
    __table_args__ = (
        Index("ix_consultation_asked", "company_id", "asked", "key"),
        Index("ix_consultation_instance_key", "instance_key"),
        Index("ix_consultation_user_task_key", "user_task_key"),
    )
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    user_task_key: Mapped[int] = mapped_column(ForeignKey("user_task.key"))
    asker: Mapped[str]
    asked: Mapped[str]
    question: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]

    @property
    def is_taken_back(self) -> bool:
        """Whether it was taken back before anybody answered it; of a destroyed case nothing tells."""
        return self.answered_at is not None and self.answer is None and bool(self.question)


class Follower(Keyed, Owned, Base):
    """Somebody who watches a case [关注] without a part in it."""

    __tablename__ = "follower"
    __table_args__ = (
        UniqueConstraint("instance_key", "username"),
        Index("ix_follower_username", "company_id", "username", "key"),
    )
    instance_key: Mapped[int]
    username: Mapped[str]
    since: Mapped[datetime]


RELATED, COPY, REOPENED, TOLD_BY = "related", "copy", "reopened", "told_by"
MADE_FROM = (COPY, REOPENED)  # by these a case has what was filled into the other one


class CaseLink(Keyed, Owned, Base):
    """Two cases that belong together [关联]. `kind`: related; copy and reopened, where `other_key` is the older one; told_by, where its message reached the case."""

    __tablename__ = "case_link"
    __table_args__ = (UniqueConstraint("instance_key", "other_key"), Index("ix_case_link_other_key", "other_key"))
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    other_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    kind: Mapped[str] = mapped_column(default="related")
    made_by: Mapped[str | None]
    made_at: Mapped[datetime]


class Batch(Keyed, Owned, Base):
    """One act of a person on many tasks [批量], done at `run_at`; until then it can be undone. `state`: waiting, undone, done.

    `values` are the operation's own; `results` has a line for each task: its key, and what it was refused with.
    """

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_username", "company_id", "username", "key"),)
    username: Mapped[str]
    operation: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    task_keys: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default="waiting")
    created_at: Mapped[datetime]
    run_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    results: Mapped[list[Any]] = mapped_column(default=list)


class Phrase(Keyed, Owned, Base):
    """A sentence for opinions [常用语]; the company's where `username` is empty."""

    __tablename__ = "phrase"
    __table_args__ = (UniqueConstraint("company_id", "username", "text"),)
    username: Mapped[str] = mapped_column(default="")
    text: Mapped[str]


class SavedView(Keyed, Owned, Base):
    """A list of the inbox with its search and filters, by a name [视图]. `shared_with`: "" nobody, "*" all, or a group."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("company_id", "username", "name"),)
    username: Mapped[str]
    name: Mapped[str]
    query: Mapped[dict[str, Any]] = mapped_column(default=dict)
    shared_with: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]


class ListLayout(Keyed, Owned, Base):
    """How a person has laid a list out: its columns in his order, each with `name`, `width` and whether it `is_shown`."""

    __tablename__ = "list_layout"
    __table_args__ = (UniqueConstraint("company_id", "username", "list"),)
    username: Mapped[str]
    list: Mapped[str]
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
