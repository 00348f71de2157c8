"""tasks know whom their case is about.

Revision ID: 0074
Revises: 0073
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; of tasks of before it stays empty: nobody told then for which reason each person is kept out."""
    op.add_column("user_task", sa.Column("about", sa.Text(), nullable=True))
