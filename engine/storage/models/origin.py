"""What a company's folder said last: what its files are held against when they are deployed again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from engine.storage.models.base import Base, Keyed, Owned


class FolderEntry(Keyed, Owned, Base):
    """One thing as the folder said it when it and the database last agreed; `said` holds its fields, or a digest."""

    __tablename__ = "folder_entry"
    __table_args__ = (UniqueConstraint("company_id", "kind", "name"),)
    kind: Mapped[str]
    name: Mapped[str]
    said: Mapped[dict[str, Any]]
