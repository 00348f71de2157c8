"""cases by the department that began them, for its managers; how much history every process keeps.

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index, written when a case begins and ends, and a small table that is written once a day."""
    op.create_index(
        "ix_process_instance_department", "process_instance", ["company_id", "initiator_department", "state", "key"]
    )
    op.create_table(
        "history_use",
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("as_of", models.Moment(timezone=True), nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "process_id", "month", name=op.f("pk_history_use")),
    )
