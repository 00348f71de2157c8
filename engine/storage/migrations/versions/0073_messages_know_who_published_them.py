"""messages know who published them.

Revision ID: 0073
Revises: 0072
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; of messages of before nobody knows it any more."""
    op.add_column("message", sa.Column("published_by", sa.String(), nullable=True))
