"""cycles keep their grid: the moment that a timer's firings are counted from.

Timers that rest already have none and take the moment at which they are due next.

Revision ID: 0009
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0009"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """cycles keep their grid."""
    for table in ("timer", "scheduled_start"):
        op.add_column(table, sa.Column("anchor", models.Moment(), nullable=True))
