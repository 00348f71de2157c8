"""open tasks and their parts know the department of their case: managers' figures are read from indexes alone.

Revision ID: 0045
Revises: 0043
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0045"
down_revision = "0043"
branch_labels = None
depends_on = None
OPEN = sa.text("state = 'open'")
ENDED = sa.text("ended_at IS NOT NULL")
BARRING = sa.text("excluded <> '[]'")
TEXT, MOMENT = sa.String(), models.Moment(timezone=True)
DONE = ["company_id", "username", "state", "done_at"]


def upgrade() -> None:
    """New columns, filled from the case and the task; the indexes that cover what is counted."""
    op.add_column("user_task", sa.Column("department", TEXT, nullable=True))
    for name, kind in (("warn_at", MOMENT), ("process_id", TEXT), ("department", TEXT)):
        op.add_column("work_item", sa.Column(name, kind, nullable=True))
    op.drop_index("ix_work_item_done", "work_item")
    _fill()
    _indexes()
    if op.get_bind().dialect.name == "postgresql":
        where: dict[str, Any] = {"postgresql_using": "gin", "postgresql_where": BARRING}
        op.create_index("ix_user_task_barring_names", "user_task", [sa.text("(excluded::jsonb)")], **where)
    else:
        op.create_index("ix_user_task_barring", "user_task", ["company_id", "instance_key"], sqlite_where=BARRING)


def _fill() -> None:
    op.execute(
        "UPDATE user_task SET department = (SELECT initiator_department FROM process_instance "
        "WHERE process_instance.key = user_task.instance_key)"
    )
    of_task = "SELECT {} FROM user_task WHERE user_task.key = work_item.user_task_key"
    columns = ", ".join(f"{name} = ({of_task.format(name)})" for name in ("warn_at", "process_id", "department"))
    op.execute(f"UPDATE work_item SET {columns}")


def _indexes() -> None:
    beside = ["created_at", "process_id", "department", "instance_key"]
    op.create_index("ix_work_item_done", "work_item", DONE, postgresql_include=beside)
    for name, columns, more in (
        ("load", ["username", "group_name", "sort_due"], ["user_task_key", "process_id", "department", "warn_at"]),
        ("department", ["department", "process_id", "username"], ["group_name", "sort_due", "warn_at", "user_task_key"]),
    ):
        kinds: dict[str, Any] = {
            "postgresql_where": OPEN,
            "sqlite_where": OPEN,
            "postgresql_include": [*more, "created_at", "instance_key"],
        }
        op.create_index(f"ix_work_item_{name}", "work_item", ["company_id", *columns], **kinds)
    op.drop_index("ix_process_instance_ended", "process_instance")
    ended: dict[str, Any] = {"postgresql_where": ENDED, "sqlite_where": ENDED}
    ended["postgresql_include"] = ["initiator_department", "root_key", "key"]
    op.create_index("ix_process_instance_ended", "process_instance", ["company_id", "ended_at", "process_id", "state"], **ended)
    columns = ["company_id", "department", "due_at", "key"]
    op.create_index("ix_user_task_department", "user_task", columns, postgresql_where=OPEN, sqlite_where=OPEN)
