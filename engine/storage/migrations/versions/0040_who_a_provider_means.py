"""whom a provider of sign-ins means by each of its own ids.

Revision ID: 0040
Revises: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; whoever signed in before is bound at the next sign-in."""
    op.create_table(
        "sign_in_identity",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("issuer", "subject", "username")),
        sa.Column("at", models.Moment(timezone=True), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_identity")),
        sa.UniqueConstraint("company_id", "issuer", "subject", name=op.f("uq_sign_in_identity_company_id_issuer_subject")),
        sa.UniqueConstraint("company_id", "issuer", "username", name=op.f("uq_sign_in_identity_company_id_issuer_username")),
    )
