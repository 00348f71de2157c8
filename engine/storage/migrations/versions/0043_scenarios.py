"""scenarios of published versions, and what came of those of drafts.

Revision ID: 0043
Revises: 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Versions that are there keep none: their next deployment brings what lies beside them."""
    op.add_column("process_definition", sa.Column("scenarios", models.Json(), nullable=True))
    op.add_column("process_draft", sa.Column("walked", models.Json(), nullable=False, server_default="{}"))
