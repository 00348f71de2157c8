"""figures of a step, what calls wait for and whether people have a part are read from indexes of their own.

Revision ID: 0052
Revises: 0051
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None
CALLING = sa.text("parent_key IS NOT NULL AND state = 'active'")


def upgrade() -> None:
    """Two indexes more, one that holds more, and which call activity a case was called from."""
    op.add_column("process_instance", sa.Column("parent_element", sa.String(), nullable=True))
    op.create_index("ix_insight_day_step", "insight_day", ["company_id", "process_id", "element_id", "day"])
    op.create_index(
        "ix_process_instance_calling",
        "process_instance",
        ["company_id", "parent_key"],
        postgresql_where=CALLING,
        sqlite_where=CALLING,
        postgresql_include=["process_id", "key", "parent_element"],
    )
    op.drop_index("ix_work_item_instance_key", "work_item")
    beside = ["company_id", "username", "state"]
    op.create_index("ix_work_item_instance_key", "work_item", ["instance_key"], postgresql_include=beside)
