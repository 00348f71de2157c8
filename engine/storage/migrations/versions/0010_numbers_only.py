"""the counter table is for numbers: marks of pages, nodes and days of housekeeping have places of their own.

Marks move. The housekeeping of the day may be done a second time, which changes nothing; processes take new nodes.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """the counter table is for numbers."""
    op.create_table(
        "page_mark",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "mark", name=op.f("pk_page_mark")),
    )
    op.create_table(
        "node",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("lent_until", models.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_node")),
    )
    op.execute(
        "INSERT INTO page_mark (company_id, mark, key)"
        " SELECT company_id, period, value FROM number_counter WHERE prefix = 'mark' AND company_id <> ''"
    )
    op.execute(
        "DELETE FROM number_counter WHERE (prefix = 'mark' AND company_id <> '')"
        " OR (company_id = '' AND prefix IN ('node', 'housekeeping'))"
    )
