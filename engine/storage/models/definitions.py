"""What is deployed: process, decision and form definitions, immutable and numbered by version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Json, Keyed, Owned


class Deployment(Keyed, Owned, Base):
    """One act of deploying: who, when. `deployed_by` is None for the company's folder, else who used a page or the API."""

    __tablename__ = "deployment"
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str | None]


class ProcessDefinition(Keyed, Owned, Base):
    """A version of a process. `settings` is its workflow.toml; `digest` tells whether a deployment brings anything new.

    `edition` is that of the reader it was published with (`runtime.EDITION`), by which it is read for ever. `scenarios` are
    the texts of its scenarios by name; None: published before versions held them.
    """

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("company_id", "process_id", "version"),)
    deployment_key: Mapped[int] = mapped_column(ForeignKey("deployment.key"))
    process_id: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    category: Mapped[str] = mapped_column(default="")
    resource_name: Mapped[str]
    xml: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edition: Mapped[int] = mapped_column(default=2)
    scenarios: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    deployed_at: Mapped[datetime]


class DecisionDefinition(Keyed, Owned, Base):
    """A version of one decision of a DMN resource; the XML stands with each decision of it."""

    __tablename__ = "decision_definition"
    __table_args__ = (UniqueConstraint("company_id", "decision_id", "version"),)
    deployment_key: Mapped[int] = mapped_column(ForeignKey("deployment.key"))
    decision_id: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    requirements_id: Mapped[str]
    resource_name: Mapped[str]
    xml: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str]


class FormDefinition(Keyed, Owned, Base):
    """A version of a form-js schema."""

    __tablename__ = "form_definition"
    __table_args__ = (UniqueConstraint("company_id", "form_id", "version"),)
    deployment_key: Mapped[int] = mapped_column(ForeignKey("deployment.key"))
    form_id: Mapped[str]
    version: Mapped[int]
    resource_name: Mapped[str]
    schema: Mapped[dict[str, Any]]
    digest: Mapped[str]


class ScheduledStart(Keyed, Owned, Base):
    """When a timer start event of the newest version of a process is due next; `anchor` as in `Timer`."""

    __tablename__ = "scheduled_start"
    __table_args__ = (
        UniqueConstraint("company_id", "process_id", "element_id"),
        Index("ix_scheduled_start_due_at", "due_at"),
    )
    process_id: Mapped[str]
    element_id: Mapped[str]
    definition_key: Mapped[int] = mapped_column(ForeignKey("process_definition.key"))
    expression: Mapped[str]
    anchor: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    repetitions: Mapped[int | None]
