"""Reports: saved questions, who gets them by mail, and answers that were worked out in the background."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned


class Report(Keyed, Owned, Base):
    """A saved question [统计报表], as `reporting.question.Question.stored` gives it.

    `known` are the columns of its processes when it was saved, label to column id. `owner` is None for one that came with
    the company's folder, which calls it `shipped`. `shared` are usernames and groups, `for_managers`: also who follows one
    of its processes. `revision` counts the saves: a change names the one it was made from.
    """

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("company_id", "shipped"), Index("ix_report_owner", "company_id", "owner"))
    name: Mapped[str]
    owner: Mapped[str | None]
    question: Mapped[dict[str, Any]] = mapped_column(Json)
    known: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    shared: Mapped[list[Any]] = mapped_column(default=list)
    for_managers: Mapped[bool] = mapped_column(default=False)
    shipped: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]


class ReportReader(Keyed, Owned, Base):
    """Somebody who gets a report by mail. `every`: day, week or month, each on its first working day."""

    __tablename__ = "report_reader"
    __table_args__ = (UniqueConstraint("report_key", "username"), Index("ix_report_reader_every", "company_id", "every"))
    report_key: Mapped[int] = mapped_column(ForeignKey("report.key"))
    username: Mapped[str]
    every: Mapped[str]
    chosen_at: Mapped[datetime]


class ReportRun(Keyed, Owned, Base):
    """The last answer that somebody had worked out in the background. `state`: waiting, done, refused (`refusal` says why)."""

    __tablename__ = "report_run"
    __table_args__ = (UniqueConstraint("report_key", "username"),)
    report_key: Mapped[int] = mapped_column(ForeignKey("report.key"))
    username: Mapped[str]
    question: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(default="waiting")
    asked_at: Mapped[datetime]
    over_at: Mapped[datetime | None]
    rows: Mapped[int] = mapped_column(default=0)
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(Json)
