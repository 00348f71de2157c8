"""several working calendars of a company.

Revision ID: 0042
Revises: 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table, and who and what names one of them; every company goes on with the calendar that it has."""
    op.create_table(
        "working_calendar",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holidays", sa.String(), nullable=False),
        sa.Column("weekdays", models.Json(), nullable=False),
        sa.Column("every_second", sa.String(), nullable=True),
        sa.Column("hours", models.Json(), nullable=False),
        sa.Column("formerly", models.Json(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_working_calendar")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_working_calendar_company_id_name")),
    )
    for table, column in (("company", "default_calendar"), ("department", "calendar"), ("person", "calendar")):
        op.add_column(table, sa.Column(column, sa.String(), nullable=True))
