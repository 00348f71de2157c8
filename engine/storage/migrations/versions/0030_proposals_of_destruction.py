"""records that a running case proposes to destroy.

Revision ID: 0030
Revises: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """records that a running case proposes to destroy."""
    op.create_table(
        "record_proposal",
        sa.Column("record_key", sa.BigInteger(), nullable=False),
        sa.Column("root_key", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_key"], ["customer_record.key"], name=op.f("fk_record_proposal_record_key_customer_record")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_record_proposal")),
        sa.UniqueConstraint("record_key", "root_key", name=op.f("uq_record_proposal_record_key_root_key")),
    )
