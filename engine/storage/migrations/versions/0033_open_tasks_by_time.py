"""open tasks by age and by limit, for managers' lists.

Revision ID: 0033
Revises: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Two indexes of the open rows alone."""
    for name, columns in (("oldest", ["company_id", "key"]), ("nearest", ["company_id", "due_at", "key"])):
        op.create_index(f"ix_user_task_{name}", "user_task", columns, postgresql_where=OPEN, sqlite_where=OPEN)
