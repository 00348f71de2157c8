"""cases by the department that began them, for its managers.

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index, written when a case begins and ends."""
    op.create_index(
        "ix_process_instance_department", "process_instance", ["company_id", "initiator_department", "state", "key"]
    )
