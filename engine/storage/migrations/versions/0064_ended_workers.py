"""a worker that was stopped in order is told from one that fell silent.

Revision ID: 0064
Revises: 0059
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0064"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column."""
    with op.batch_alter_table("heartbeat") as table:
        table.add_column(sa.Column("ended_at", models.Moment(timezone=True), nullable=True))
