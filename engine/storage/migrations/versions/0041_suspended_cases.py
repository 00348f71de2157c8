"""suspended cases, for managers' figures.

Revision ID: 0041
Revises: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

HELD_UP = sa.text("suspended IS NOT NULL")


def upgrade() -> None:
    """An index of the few rows that are suspended."""
    columns = ["company_id", "key"]
    op.create_index(
        "ix_process_instance_suspended", "process_instance", columns, postgresql_where=HELD_UP, sqlite_where=HELD_UP
    )
