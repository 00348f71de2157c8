"""work items keep who acted, how and with what opinion; tasks keep the rule that settles them and the way back that made them.

Whoever completed a task of before has done its part alone: outcome and opinion of the task are those of the part.

Revision ID: 0017
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """work items keep who acted, how and with what opinion."""
    for column in (
        sa.Column("position", sa.String(), nullable=False, server_default="own"),
        sa.Column("parent_key", sa.BigInteger(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("weight", models.Exact(), nullable=False, server_default="1"),
        sa.Column("has_veto", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("first_owner", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("given", models.Json(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
    ):
        op.add_column("work_item", column)
    op.add_column("user_task", sa.Column("rule", sa.String(), nullable=False, server_default="any"))
    op.add_column("user_task", sa.Column("parts", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("user_task", sa.Column("returned", models.Json(), nullable=True))
    op.add_column("user_task", sa.Column("resume", models.Json(), nullable=True))
    op.execute("UPDATE user_task SET parts = (SELECT count(*) FROM work_item AS i WHERE i.user_task_key = user_task.key)")
    op.execute("UPDATE work_item SET first_owner = username WHERE username IS NOT NULL")
    op.execute(
        "UPDATE work_item SET done_by = t.completed_by, outcome = t.outcome, opinion = t.opinion FROM user_task AS t"
        " WHERE t.key = work_item.user_task_key AND work_item.state = 'done'"
    )
