"""the last day of a record's term of secrecy stands beside its line, and what its keeper was told of it.

Revision ID: 0070
Revises: 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The day stands in the sealed content: of records of before the background work reads it at its next look."""
    op.add_column("customer_record", sa.Column("known_until", sa.Date(), nullable=True))
    for name in ("known_until_of", "end_told"):
        op.add_column("customer_record", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.create_index("ix_customer_record_known_until", "customer_record", ["company_id", "known_until"])
