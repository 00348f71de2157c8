"""Machine accounts: what programs call the API with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from engine.storage.models.base import Base, Keyed, Owned


class MachineAccount(Keyed, Owned, Base):
    """An account of a program [接口账号]; its key is the client id, `digest` is of its secret, which nobody can read again.

    `processes` are ids of those that it is for, none for all. `last_used_on` is a day in the company's zone.
    """

    __tablename__ = "machine_account"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_machine_account_company", "company_id", "key"))
    name: Mapped[str]
    digest: Mapped[str]
    scopes: Mapped[list[Any]]
    processes: Mapped[list[Any] | None]
    expires_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    last_used_on: Mapped[date | None]
