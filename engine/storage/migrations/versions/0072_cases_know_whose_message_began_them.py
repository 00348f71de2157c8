"""cases know whose message began them.

Revision ID: 0072
Revises: 0070
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0070"
branch_labels = None
depends_on = None

BEGUN = "begun_by IS NOT NULL"


def upgrade() -> None:
    """Two columns; of cases and messages of before nobody knows it any more."""
    op.add_column("process_instance", sa.Column("begun_by", sa.BigInteger(), nullable=True))
    op.add_column("message", sa.Column("sender", sa.BigInteger(), nullable=True))
    of_begun = sa.text(BEGUN)
    op.create_index(
        "ix_process_instance_begun", "process_instance", ["begun_by"], postgresql_where=of_begun, sqlite_where=of_begun
    )
