"""machine accounts, and what other programs call people and groups.

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """machine accounts, and what other programs call people and groups."""
    op.create_table(
        "machine_account",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("scopes", models.Json(), nullable=False),
        sa.Column("processes", models.Json(), nullable=True),
        sa.Column("expires_at", models.Moment(timezone=True), nullable=False),
        sa.Column("made_at", models.Moment(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("revoked_at", models.Moment(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_machine_account")),
        sa.UniqueConstraint("digest", name=op.f("uq_machine_account_digest")),
    )
    op.create_index("ix_machine_account_company", "machine_account", ["company_id", "key"])
    for table in ("person", "candidate_group"):
        op.add_column(table, sa.Column("external_id", sa.String(), nullable=True))
