"""a task counts the questions that were put about it and wait for an answer.

Revision ID: 0053
Revises: 0052
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None
OPEN = "(SELECT count(*) FROM consultation c WHERE c.user_task_key = user_task.key AND c.answered_at IS NULL)"


def upgrade() -> None:
    """One column, counted for the tasks that are open."""
    op.add_column("user_task", sa.Column("questions", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(sa.text(f"UPDATE user_task SET questions = {OPEN} WHERE state = 'open'"))
