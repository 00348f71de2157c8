"""signatures under decisions, those that people keep, and more time that is asked for.

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """signatures under decisions, those that people keep, and more time that is asked for."""
    op.create_table(
        "kept_signature",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("strokes", models.Json(), nullable=False),
        sa.Column("drawn_at", models.Moment(timezone=True), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept_signature")),
        sa.UniqueConstraint("company_id", "username", name=op.f("uq_kept_signature_company_id_username")),
    )
    op.create_table(
        "signature",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("user_task_key", sa.BigInteger(), nullable=False),
        sa.Column("work_item_key", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("instead_of", sa.String(), nullable=True),
        sa.Column("signed_at", models.Moment(timezone=True), nullable=False),
        sa.Column("sign_in", models.Json(), nullable=False),
        sa.Column("strokes", models.Json(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("content", models.Json(), nullable=False),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instance.key"], name=op.f("fk_signature_instance_key_process_instance")
        ),
        sa.ForeignKeyConstraint(["user_task_key"], ["user_task.key"], name=op.f("fk_signature_user_task_key_user_task")),
        sa.ForeignKeyConstraint(["work_item_key"], ["work_item.key"], name=op.f("fk_signature_work_item_key_work_item")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_signature")),
    )
    op.create_index("ix_signature_instance_key", "signature", ["instance_key"])
    op.create_table(
        "extension",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("user_task_key", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("instead_of", sa.String(), nullable=True),
        sa.Column("asked_at", models.Moment(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("before", models.Moment(timezone=True), nullable=False),
        sa.Column("until", models.Moment(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", models.Moment(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instance.key"], name=op.f("fk_extension_instance_key_process_instance")
        ),
        sa.ForeignKeyConstraint(["user_task_key"], ["user_task.key"], name=op.f("fk_extension_user_task_key_user_task")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_extension")),
    )
    op.create_index("ix_extension_user_task_key", "extension", ["user_task_key"])
    op.create_index("ix_extension_instance_key", "extension", ["instance_key"])
