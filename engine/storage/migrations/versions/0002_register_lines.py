"""register lines, kept with the cases.

The lines of the cases that are there already are worked out by the background worker, one job for each process.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from engine.storage import keys, models

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JOB = sa.table(
    "job",
    sa.column("key", sa.BigInteger()),
    sa.column("company_id", sa.String()),
    sa.column("type", sa.String()),
    sa.column("state", sa.String()),
    sa.column("payload", models.Json()),
    sa.column("headers", models.Json()),
    sa.column("retries", sa.BigInteger()),
    sa.column("attempts", sa.BigInteger()),
    sa.column("run_at", models.Moment()),
    sa.column("created_at", models.Moment()),
    sa.column("unique_name", sa.String()),
)


def upgrade() -> None:
    """register lines, kept with the cases."""
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("process_instance", sa.Column("register", kind, nullable=True))
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT DISTINCT company_id, process_id FROM process_instance ORDER BY 1, 2")).all()
    now = datetime.now(UTC)
    for company, process in found:
        row = {
            "key": keys.new(),
            "company_id": company,
            "type": "registers.fill",
            "state": "open",
            "payload": {"company": company, "process": process},
            "headers": {},
            "retries": 3,
            "attempts": 0,
            "run_at": now,
            "created_at": now,
            "unique_name": f"{company}:registers.fill:{process}",
        }
        connection.execute(sa.insert(JOB).values(row))
