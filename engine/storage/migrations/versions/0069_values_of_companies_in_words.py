"""a company says in words what its own values are.

Revision ID: 0069
Revises: 0068
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; companies of before say nothing."""
    op.add_column("company", sa.Column("about", models.Json(), nullable=False, server_default="{}"))
