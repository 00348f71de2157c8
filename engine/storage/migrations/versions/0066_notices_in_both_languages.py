"""a notice of the page keeps its words in the other language too.

Revision ID: 0066
Revises: 0065
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; notices of before have the words of one language alone."""
    op.add_column("notice", sa.Column("texts", models.Json(), nullable=True))
