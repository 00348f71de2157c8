"""deputies, copies, questions, followers, links between cases, acts on many tasks, phrases, saved views; cases held up.

Revision ID: 0020
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """deputies, copies, questions, followers, links, batches, phrases, views; cases held up."""
    op.add_column("process_instance", sa.Column("suspended", models.Json(), nullable=True))
    by_another = sa.text("done_by != username")
    op.create_index(
        "ix_work_item_deputy",
        "work_item",
        ["company_id", "done_by", "done_at"],
        postgresql_where=by_another,
        sqlite_where=by_another,
    )
    op.add_column("start_draft", sa.Column("copied_from", sa.BigInteger(), nullable=True))
    op.create_table(
        "deputy",
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("deputy", sa.String(), nullable=False),
        sa.Column("begins_at", models.Moment(), nullable=False),
        sa.Column("ends_at", models.Moment(), nullable=False),
        sa.Column("processes", models.Json(), nullable=True),
        sa.Column("covers_existing", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", models.Moment(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deputy")),
    )
    op.create_index("ix_deputy_deputy", "deputy", ["company_id", "deputy", "ends_at"], unique=False)
    op.create_index("ix_deputy_principal", "deputy", ["company_id", "principal", "ends_at"], unique=False)
    op.create_table(
        "carbon_copy",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=True),
        sa.Column("sent_at", models.Moment(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("read_at", models.Moment(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("commented_at", models.Moment(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_carbon_copy")),
        sa.UniqueConstraint("instance_key", "username", name=op.f("uq_carbon_copy_instance_key_username")),
    )
    op.create_index("ix_carbon_copy_reader", "carbon_copy", ["company_id", "username", "key"], unique=False)
    op.create_index(
        "ix_carbon_copy_unread",
        "carbon_copy",
        ["company_id", "username"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
        sqlite_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "consultation",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("user_task_key", sa.BigInteger(), nullable=False),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked_at", models.Moment(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", models.Moment(), nullable=True),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instance.key"], name=op.f("fk_consultation_instance_key_process_instance")
        ),
        sa.ForeignKeyConstraint(["user_task_key"], ["user_task.key"], name=op.f("fk_consultation_user_task_key_user_task")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_consultation")),
    )
    op.create_index("ix_consultation_asked", "consultation", ["company_id", "asked", "key"], unique=False)
    op.create_index("ix_consultation_instance_key", "consultation", ["instance_key"], unique=False)
    op.create_index("ix_consultation_user_task_key", "consultation", ["user_task_key"], unique=False)
    op.create_table(
        "follower",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("since", models.Moment(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_follower")),
        sa.UniqueConstraint("instance_key", "username", name=op.f("uq_follower_instance_key_username")),
    )
    op.create_index("ix_follower_username", "follower", ["company_id", "username", "key"], unique=False)
    op.create_table(
        "case_link",
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("other_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=True),
        sa.Column("made_at", models.Moment(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instance.key"], name=op.f("fk_case_link_instance_key_process_instance")
        ),
        sa.ForeignKeyConstraint(["other_key"], ["process_instance.key"], name=op.f("fk_case_link_other_key_process_instance")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_case_link")),
        sa.UniqueConstraint("instance_key", "other_key", name=op.f("uq_case_link_instance_key_other_key")),
    )
    op.create_index("ix_case_link_other_key", "case_link", ["other_key"], unique=False)
    op.create_table(
        "batch",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("values", models.Json(), nullable=False),
        sa.Column("task_keys", models.Json(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", models.Moment(), nullable=False),
        sa.Column("run_at", models.Moment(), nullable=False),
        sa.Column("ended_at", models.Moment(), nullable=True),
        sa.Column("results", models.Json(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_username", "batch", ["company_id", "username", "key"], unique=False)
    op.create_table(
        "phrase",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_phrase")),
        sa.UniqueConstraint("company_id", "username", "text", name=op.f("uq_phrase_company_id_username_text")),
    )
    op.create_table(
        "saved_view",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", models.Json(), nullable=False),
        sa.Column("shared_with", sa.String(), nullable=False),
        sa.Column("saved_at", models.Moment(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("company_id", "username", "name", name=op.f("uq_saved_view_company_id_username_name")),
    )
