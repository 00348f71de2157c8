"""drafts of processes, and their saves.

Revision ID: 0026
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """drafts of processes, and their saves."""
    op.create_table(
        "process_draft",
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("base_key", sa.BigInteger(), nullable=True),
        sa.Column("files", models.Json(), nullable=False),
        sa.Column("settings", models.Json(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("saved_at", models.Moment(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_key"], ["process_definition.key"], name=op.f("fk_process_draft_base_key_process_definition")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_draft")),
    )
    op.create_index("ix_process_draft_process", "process_draft", ["company_id", "process_id", "state"])
    op.create_table(
        "draft_save",
        sa.Column("draft_key", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", models.Moment(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("files", models.Json(), nullable=False),
        sa.Column("settings", models.Json(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["draft_key"], ["process_draft.key"], name=op.f("fk_draft_save_draft_key_process_draft")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_draft_save")),
    )
    op.create_index("ix_draft_save_draft", "draft_save", ["draft_key", "revision"])
