"""reports: saved questions, who gets them by mail, answers worked out in the background.

Revision ID: 0036
Revises: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
TEXT, MOMENT, KEY = sa.String(), models.Moment(timezone=True), sa.BigInteger()


def upgrade() -> None:
    """Three tables, and the index by which a report finds the cases of a period."""
    _reports()
    _readers()
    _runs()
    op.create_index("ix_process_instance_started", "process_instance", ["company_id", "process_id", "started_at"])


def _reports() -> None:
    op.create_table(
        "report",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("question", models.Json(), nullable=False),
        sa.Column("known", models.Json(), nullable=False),
        sa.Column("shared", models.Json(), nullable=False),
        sa.Column("for_managers", sa.Boolean(), nullable=False),
        sa.Column("shipped", TEXT, nullable=True),
        sa.Column("revision", KEY, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("company_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_report")),
        sa.UniqueConstraint("company_id", "shipped", name=op.f("uq_report_company_id_shipped")),
    )
    op.create_index("ix_report_owner", "report", ["company_id", "owner"])


def _readers() -> None:
    op.create_table(
        "report_reader",
        sa.Column("report_key", KEY, nullable=False),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("every", TEXT, nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("company_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["report_key"], ["report.key"], name=op.f("fk_report_reader_report_key_report")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_report_reader")),
        sa.UniqueConstraint("report_key", "username", name=op.f("uq_report_reader_report_key_username")),
    )
    op.create_index("ix_report_reader_every", "report_reader", ["company_id", "every"])


def _runs() -> None:
    op.create_table(
        "report_run",
        sa.Column("report_key", KEY, nullable=False),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("question", models.Json(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("over_at", MOMENT, nullable=True),
        sa.Column("rows", KEY, nullable=False),
        sa.Column("answer", models.Json(), nullable=True),
        sa.Column("refusal", models.Json(), nullable=True),
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("company_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["report_key"], ["report.key"], name=op.f("fk_report_run_report_key_report")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_report_run")),
        sa.UniqueConstraint("report_key", "username", name=op.f("uq_report_run_report_key_username")),
    )
