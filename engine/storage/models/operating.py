"""What operators do with cases [运维操作]: each act with whom it is about, and what became of each case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned


class Operation(Keyed, Owned, Base):
    """One act of operators on one case or many; it is kept as the log of what they did.

    `name` is that of the act (`engine/verbs/operating/acts.py`), `filter` says which cases were meant, `values` what the act was
    given. `phase`: rehearsal (everything is tried and undone again), real. `state`: running, paused, stopped, done.
    `total` cases, of which in this phase `succeeded` and `failed`.
    """

    __tablename__ = "operation"
    __table_args__ = (Index("ix_operation_log", "company_id", "key"),)
    username: Mapped[str]
    name: Mapped[str]
    filter: Mapped[dict[str, Any]]
    values: Mapped[dict[str, Any]]
    reason: Mapped[str]
    phase: Mapped[str]
    state: Mapped[str]
    total: Mapped[int]
    succeeded: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    changed_by: Mapped[str | None]


class OperationCase(Keyed, Owned, Base):
    """One case of an operation, and what became of it. `foreseen` and `result`: None (not yet), done, conflict, refused, failed.

    `foretold` and `told` are what is said of it: `text` (a msgid) with `values`, `at` the steps where the case then stands.
    `tells` are who is to be told and what (a username and the subject by language), until the operation is over.
    The case is named without a foreign key: the log outlives it.
    """

    __tablename__ = "operation_case"
    __table_args__ = (
        Index("ix_operation_case_foreseen", "operation_key", "foreseen", "key"),
        Index("ix_operation_case_result", "operation_key", "result", "key"),
        Index("ix_operation_case_key", "operation_key", "key"),
    )
    operation_key: Mapped[int] = mapped_column(ForeignKey("operation.key"))
    instance_key: Mapped[int]
    number: Mapped[str]
    foreseen: Mapped[str | None]
    foretold: Mapped[dict[str, Any] | None] = mapped_column(Json)
    result: Mapped[str | None]
    told: Mapped[dict[str, Any] | None] = mapped_column(Json)
    at: Mapped[datetime | None]
    tells: Mapped[list[Any] | None] = mapped_column(Json)
