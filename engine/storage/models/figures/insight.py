"""What is known of the past: the history of cases, what stays of removed ones, and what the worker sums up of them by day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Keyed, Owned


class InsightDay(Keyed, Owned, Base):
    """How many tasks of a step, or (`element_id` "") cases of a process, that are alike in all columns ended on a day.

    `day` is the ordinal of the date (`date.toordinal`) on the company's clock. `department` is that of who did the task, or
    of a case's initiator; "" for none. `worked` and `lasted` are the steps of `engine.calendar.scale` in which its working
    time and its calendar time lie. `kept`: 0 without a limit, 1 in time, 2 late; `cause` says why late
    (suspended, absence, returned, claim, work). `again` is 1 for a task that was not the first of its step in the case,
    and for a case that had such a one; `sent_from` names the step that sent it back. `path` is a case's (InsightPath).
    """

    __tablename__ = "insight_day"
    __table_args__ = (
        Index("ix_insight_day_process", "company_id", "process_id", "day"),
        Index("ix_insight_day_step", "company_id", "process_id", "element_id", "day"),
    )
    process_id: Mapped[str]
    version: Mapped[int]
    element_id: Mapped[str]
    day: Mapped[int]
    department: Mapped[str]
    state: Mapped[str]
    worked: Mapped[int]
    lasted: Mapped[int]
    kept: Mapped[int]
    cause: Mapped[str]
    again: Mapped[int]
    sent_from: Mapped[str]
    path: Mapped[str]
    count: Mapped[int]


class InsightPath(Owned, Base):
    """A way that cases of a process have taken: the ids of the user tasks done, in the order in which they arrived."""

    __tablename__ = "insight_path"
    process_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(primary_key=True)
    elements: Mapped[list[Any]]


class CasePath(Owned, Base):
    """Which way an ended case took; it goes with its case."""

    __tablename__ = "case_path"
    __table_args__ = (
        Index("ix_case_path_path", "company_id", "process_id", "path", "day"),
        Index("ix_case_path_day", "company_id", "day"),
    )
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"), primary_key=True, autoincrement=False)
    process_id: Mapped[str]
    path: Mapped[str]
    day: Mapped[int]


class LateTask(Owned, Base):
    """Why a task that was done late was late (`InsightDay.cause`); it goes with its case."""

    __tablename__ = "late_task"
    __table_args__ = (
        Index("ix_late_task_day", "company_id", "day"),
        Index("ix_late_task_instance_key", "instance_key"),
    )
    user_task_key: Mapped[int] = mapped_column(ForeignKey("user_task.key"), primary_key=True, autoincrement=False)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    cause: Mapped[str]
    day: Mapped[int]


class InsightState(Owned, Base):
    """Until which day the past of a company is summed up for good, and when what came after was read last."""

    __tablename__ = "insight_state"
    company_id: Mapped[str] = mapped_column(primary_key=True)
    through: Mapped[int]
    as_of: Mapped[datetime | None]


class HistoryUse(Owned, Base):
    """How much history the cases of a process keep that ended in a month ("2026-03", in UTC), or that run ("").

    `cases` and `events` are counted, `octets` reckoned from a sample; all as of the moment `as_of`.
    """

    __tablename__ = "history_use"
    process_id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    cases: Mapped[int]
    events: Mapped[int]
    octets: Mapped[int]
    as_of: Mapped[datetime]
    company_id: Mapped[str] = mapped_column(primary_key=True)


class HistoryEvent(Keyed, Owned, Base):
    """Something that happened; append-only. `digest` covers this row and the digest before it."""

    __tablename__ = "history_event"
    __table_args__ = (UniqueConstraint("instance_key", "sequence"),)
    instance_key: Mapped[int] = mapped_column(ForeignKey("process_instance.key"))
    sequence: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str]
    element_id: Mapped[str | None]
    element_name: Mapped[str | None]
    actor: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[str]


class RemovedCase(Keyed, Owned, Base):
    """What stays of a case whose retention is over: its number, and length and last digest of its history, for `verify`.

    No title, person or value. `retention` is the time for which its process kept it then.
    """

    __tablename__ = "removed_case"
    instance_key: Mapped[int] = mapped_column(unique=True)
    root_key: Mapped[int]
    process_id: Mapped[str]
    number: Mapped[str]
    state: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    removed_at: Mapped[datetime]
    retention: Mapped[str]
    history_length: Mapped[int]
    history_digest: Mapped[str]
