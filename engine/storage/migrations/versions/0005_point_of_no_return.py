"""the point of no return, kept with every case of a tree, how a case ended, and the anchors written.

Cases that destroyed records before, and still run, are bound by it.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DESTROYED = """
    SELECT root_key, event.at, event.data FROM process_instance
    JOIN history_event AS event ON event.instance_key = process_instance.key
    WHERE event.kind = 'operation' AND event.element_name = 'records.destroy' AND process_instance.state = 'active'
    ORDER BY event.key
"""


def upgrade() -> None:
    """the point of no return, kept with every case of a tree."""
    op.add_column("process_instance", sa.Column("irreversible", models.Json(), nullable=True))
    op.add_column("process_instance", sa.Column("ended_as", sa.String(), nullable=True))
    op.create_table(
        "anchor",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", models.Moment(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_anchor")),
    )
    connection = op.get_bind()
    found = sa.text(DESTROYED).columns(at=models.Moment(), data=models.Json())
    bind = sa.text("UPDATE process_instance SET irreversible = :mark WHERE root_key = :root AND irreversible IS NULL")
    for row in connection.execute(found).all():
        mark = {"element": "", "step": "销毁档案内容", "at": row.at.isoformat(), "by": None}
        connection.execute(bind, {"mark": json.dumps(mark), "root": row.root_key})
