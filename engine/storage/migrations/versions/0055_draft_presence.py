"""those who draw on one draft see who else has it before him.

Revision ID: 0055
Revises: 0053
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0055"
down_revision = "0053"
branch_labels = None
depends_on = None
TEXT, MOMENT, KEY = sa.String(), models.Moment(timezone=True), sa.BigInteger()


def upgrade() -> None:
    """One table."""
    op.create_table(
        "draft_presence",
        sa.Column("draft_key", KEY, nullable=False),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("company_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["draft_key"], ["process_draft.key"], name=op.f("fk_draft_presence_draft_key_process_draft")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_draft_presence")),
    )
    op.create_index("ux_draft_presence", "draft_presence", ["draft_key", "username"], unique=True)
