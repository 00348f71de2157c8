"""an act on many cases tells each person once.

Revision ID: 0065
Revises: 0064
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column."""
    with op.batch_alter_table("operation_case") as table:
        table.add_column(sa.Column("tells", models.Json(), nullable=True))
