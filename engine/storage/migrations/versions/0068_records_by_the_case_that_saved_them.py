"""records are found by the case that saved them.

Revision ID: 0068
Revises: 0067
"""

from __future__ import annotations

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A page of a case asks which records it saved."""
    op.create_index("ix_record_version_instance_key", "record_version", ["instance_key"])
