"""folder entries: what a company's folder said last; sign-ins: sessions that end on the server.

Nothing is filled in: what was deployed before by the engine itself counts as the folder's, what a person deployed as a
page's (`deployment.deployed_by`); departments, groups and people could only come from the folder.

Cookies from before name no sign-in: everybody signs in once more.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """folder entries, sign-ins."""
    op.create_table(
        "folder_entry",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("said", models.Json(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_folder_entry")),
        sa.UniqueConstraint("company_id", "kind", "name", name=op.f("uq_folder_entry_company_id_kind_name")),
    )
    op.create_table(
        "sign_in",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("begun_at", models.Moment(timezone=True), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_person", ["company_id", "username"], unique=False)
