"""notices are read in the order of time.

Revision ID: 0067
Revises: 0066
"""

from __future__ import annotations

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index of a reader's notices is in that order, too."""
    op.drop_index("ix_notice_reader", "notice")
    op.create_index("ix_notice_reader", "notice", ["company_id", "username", "created_at", "key"])
