"""cycles keep their grid, messages know whom they have reached, versions how they are read.

Timers that rest already have no anchor and take the moment at which they are due next; cases begun before have no
correlation key and hold no message up; messages of before have reached nobody that is noted. Versions
published before try the conditions behind a gateway in the order they always did (edition 1).

Revision ID: 0009
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """cycles keep their grid, messages know whom they have reached."""
    for table in ("timer", "scheduled_start"):
        op.add_column(table, sa.Column("anchor", models.Moment(), nullable=True))
    op.add_column("process_instance", sa.Column("correlation_key", sa.String(), nullable=True))
    op.add_column("process_definition", sa.Column("edition", sa.BigInteger(), nullable=False, server_default="1"))
    keyed = sa.text("correlation_key is not null")
    op.create_index(
        "ix_process_instance_correlation",
        "process_instance",
        ["company_id", "process_id", "correlation_key"],
        postgresql_where=keyed,
        sqlite_where=keyed,
    )
    op.create_table(
        "message_correlation",
        sa.Column("message_key", sa.BigInteger(), sa.ForeignKey("message.key"), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("message_key", "process_id", name="pk_message_correlation"),
    )
    op.create_index("ix_message_correlation_held", "message_correlation", ["held", "message_key"])
