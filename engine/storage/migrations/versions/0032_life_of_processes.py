"""comments on drafts, their release by a second person, retired processes, and what was done with processes.

Revision ID: 0032
Revises: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None
TEXT, MOMENT, KEY = sa.String(), models.Moment(timezone=True), sa.BigInteger()


def upgrade() -> None:
    """comments on drafts, their release by a second person, retired processes, and what was done with processes."""
    op.add_column("process_draft", sa.Column("touched", models.Json(), nullable=False, server_default="{}"))
    for name, kind in (("asked_revision", KEY), ("asked_by", TEXT), ("asked_at", MOMENT)):
        op.add_column("process_draft", sa.Column(name, kind, nullable=True))
    _comments()
    _events()
    _retired()


def _comments() -> None:
    op.create_table(
        "draft_comment",
        sa.Column("draft_key", KEY, nullable=False),
        sa.Column("element_id", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("said_by", TEXT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("resolved_by", TEXT, nullable=True),
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("company_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["draft_key"], ["process_draft.key"], name=op.f("fk_draft_comment_draft_key_process_draft")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_draft_comment")),
    )
    op.create_index("ix_draft_comment_draft", "draft_comment", ["draft_key", "element_id"])


def _events() -> None:
    op.create_table(
        "process_event",
        sa.Column("process_id", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("data", models.Json(), nullable=False),
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("company_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_event")),
    )
    op.create_index("ix_process_event_process", "process_event", ["company_id", "process_id", "key"])


def _retired() -> None:
    op.create_table(
        "retired_process",
        sa.Column("process_id", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("company_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_retired_process")),
    )
    op.create_index("ux_retired_process", "retired_process", ["company_id", "process_id"], unique=True)
