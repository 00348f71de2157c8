"""what stays of cases whose retention is over.

Revision ID: 0023
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """what stays of cases whose retention is over."""
    op.create_table(
        "removed_case",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", models.Moment(), nullable=False),
        sa.Column("ended_at", models.Moment(), nullable=False),
        sa.Column("removed_at", models.Moment(), nullable=False),
        sa.Column("retention", sa.String(), nullable=False),
        sa.Column("history_length", sa.BigInteger(), nullable=False),
        sa.Column("history_digest", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_removed_case")),
        sa.UniqueConstraint("instance_key", name=op.f("uq_removed_case_instance_key")),
    )
