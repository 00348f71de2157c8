"""What changes people: what is entered for a later day, files being looked at, the log of it all; what a folder said last."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Keyed, Owned


class PlannedChange(Keyed, Owned, Base):
    """Joining, moving or leaving on a day to come. `state`: planned, done, dropped, failed (`note` says why)."""

    __tablename__ = "planned_change"
    __table_args__ = (
        Index("ix_planned_change_person", "company_id", "username", "state"),
        Index("ix_planned_change_day", "company_id", "state", "day"),
    )
    username: Mapped[str]
    kind: Mapped[str]
    day: Mapped[date]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="planned")
    note: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]


class PeopleFile(Keyed, Owned, Base):
    """A file of people that somebody handed in to look at, not yet taken in; `rows` are its cells as texts."""

    __tablename__ = "people_file"
    __table_args__ = (Index("ix_people_file_owner", "company_id", "username"),)
    username: Mapped[str]
    name: Mapped[str]
    rows: Mapped[list[Any]]
    handed_in_at: Mapped[datetime]


class OrganisationEvent(Keyed, Owned, Base):
    """Something that was changed in the organisation: who, when, what. Append-only; `subject` is what it was changed of."""

    __tablename__ = "organisation_event"
    __table_args__ = (
        Index("ix_organisation_event_company", "company_id", "key"),
        Index("ix_organisation_event_subject", "company_id", "subject", "key"),
    )
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class FolderEntry(Keyed, Owned, Base):
    """One thing as the folder said it when it and the database last agreed; `said` holds its fields, or a digest."""

    __tablename__ = "folder_entry"
    __table_args__ = (UniqueConstraint("company_id", "kind", "name"),)
    kind: Mapped[str]
    name: Mapped[str]
    said: Mapped[dict[str, Any]]
