"""codes with which people set their passwords, and passwords that must be changed.

Revision ID: 0015
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """codes with which people set their passwords, and passwords that must be changed."""
    op.create_table(
        "password_code",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("expires_at", models.Moment(), nullable=False),
        sa.Column("used_at", models.Moment(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_password_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_password_code_digest")),
    )
    op.create_index("ix_password_code_person", "password_code", ["company_id", "username"])
    op.add_column("person", sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()))
