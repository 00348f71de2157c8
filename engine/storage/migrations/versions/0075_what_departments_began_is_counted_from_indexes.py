"""what departments began, and what of it is open, is counted from two indexes alone.

Revision ID: 0075
Revises: 0074
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Two indexes hold more, none of which ever changes."""
    op.drop_index("ix_process_instance_department", "process_instance")
    op.create_index(
        "ix_process_instance_department",
        "process_instance",
        ["company_id", "initiator_department", "state", "key"],
        postgresql_include=["process_id"],
    )
    op.drop_index("ix_user_task_department", "user_task")
    op.create_index(
        "ix_user_task_department",
        "user_task",
        ["company_id", "department", "due_at", "key"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
        postgresql_include=["process_id", "instance_key"],
    )
