"""notices that leave the product: channels, what people chose, what is on its way; how far each case was announced.

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Channels, choices, outgoing notices; what happened before is not told now."""
    _cases()
    _notices()
    _channels()
    _outgoing()


def _cases() -> None:
    op.add_column("process_instance", sa.Column("announced", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE process_instance SET announced = history_length")
    news = sa.text("announced < history_length")
    op.create_index("ix_process_instance_news", "process_instance", ["key"], postgresql_where=news, sqlite_where=news)


def _notices() -> None:
    op.add_column("notice", sa.Column("kind", sa.String(), nullable=True))
    op.add_column("notice", sa.Column("facts", models.Json(), nullable=True))
    op.add_column("notice", sa.Column("is_announced", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("notice", sa.Column("source", sa.String(), nullable=True))
    said = sa.text("source IS NOT NULL")
    op.create_index(
        "uq_notice_source",
        "notice",
        ["company_id", "username", "source"],
        unique=True,
        postgresql_where=said,
        sqlite_where=said,
    )
    waiting = sa.text("NOT is_announced")
    op.create_index("ix_notice_new", "notice", ["key"], postgresql_where=waiting, sqlite_where=waiting)


def _channels() -> None:
    op.create_table(
        "notice_channel",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("kinds", models.Json(), nullable=False),
        sa.Column("config", models.Json(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", models.Moment(), nullable=True),
        sa.Column("failing_since", models.Moment(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice_channel")),
    )
    op.create_index("ix_notice_channel_company_id", "notice_channel", ["company_id"])
    op.create_table(
        "notice_choice",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("how", models.Json(), nullable=False),
        sa.Column("quiet_from", sa.String(), nullable=True),
        sa.Column("quiet_until", sa.String(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice_choice")),
        sa.UniqueConstraint("company_id", "username", name=op.f("uq_notice_choice_company_id_username")),
    )


def _outgoing() -> None:
    op.create_table(
        "outgoing",
        sa.Column("channel_key", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("task_key", sa.BigInteger(), nullable=True),
        sa.Column("facts", models.Json(), nullable=False),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.Column("due_at", models.Moment(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("letter", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", models.Moment(), nullable=True),
        sa.Column("over_at", models.Moment(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outgoing")),
        sa.UniqueConstraint("channel_key", "username", "source", name=op.f("uq_outgoing_channel_key_username_source")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_outgoing_waiting",
        "outgoing",
        ["channel_key", "due_at", "key"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.create_index("ix_outgoing_made_at", "outgoing", ["made_at"])
    op.create_index("ix_outgoing_instance_key", "outgoing", ["instance_key"])
