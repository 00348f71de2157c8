"""An index of the open tasks that several are offered: of much work, workload need not look at each task for it.

Revision ID: 0048
Revises: 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None
SHARED = sa.text("state = 'open' AND rule = 'any' AND assignee IS NULL AND parts > 1")


def upgrade() -> None:
    """Small: of most companies' tasks few are offered to several by name."""
    columns = ["company_id", "key"]
    op.create_index("ix_user_task_shared", "user_task", columns, postgresql_where=SHARED, sqlite_where=SHARED)
