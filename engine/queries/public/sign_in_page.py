"""What the sign-in page shows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.storage import models


def companies(session: Session) -> list[tuple[str, str]]:
    """Ids and names of all companies, by name; the list is public."""
    rows = session.execute(select(models.Company.id, models.Company.name).order_by(models.Company.name))
    return [(row.id, row.name) for row in rows]
