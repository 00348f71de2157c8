"""causes of incidents, what operators do, what the workers have done.

Revision ID: 0037
Revises: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables, and columns of incidents and heartbeats."""
    with op.batch_alter_table("incident") as table:
        table.add_column(sa.Column("cause", sa.String(), nullable=False, server_default=sa.text("''")))
    op.create_index("ix_incident_cause", "incident", ["company_id", "state", "cause", "key"])
    _tell_old_causes()
    with op.batch_alter_table("heartbeat") as table:
        for name in ("started_at", "failed_at"):
            table.add_column(sa.Column(name, models.Moment(timezone=True), nullable=True))
        for name in ("rounds", "done", "failures"):
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "operation",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filter", models.Json(), nullable=False),
        sa.Column("values", models.Json(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("succeeded", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", models.Moment(timezone=True), nullable=False),
        sa.Column("started_at", models.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", models.Moment(timezone=True), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_operation")),
    )
    op.create_index("ix_operation_log", "operation", ["company_id", "key"])
    op.create_table(
        "operation_case",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("operation_key", sa.BigInteger(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("foreseen", sa.String(), nullable=True),
        sa.Column("foretold", models.Json(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("told", models.Json(), nullable=True),
        sa.Column("at", models.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["operation_key"], ["operation.key"], name=op.f("fk_operation_case_operation_key_operation")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_operation_case")),
    )
    for name, columns in (
        ("foreseen", ["operation_key", "foreseen", "key"]),
        ("result", ["operation_key", "result", "key"]),
        ("key", ["operation_key", "key"]),
    ):
        op.create_index(f"ix_operation_case_{name}", "operation_case", columns)


def _tell_old_causes() -> None:
    """What stopped before is grouped by its step and its message alone, without looking into what that quotes."""
    op.execute(
        "UPDATE incident SET cause = kind || ':' || coalesce((SELECT process_id FROM process_instance"
        " WHERE process_instance.key = incident.instance_key), '') || ':' || coalesce(element_id, '') || ':' || message"
        " WHERE state = 'open'"
    )
