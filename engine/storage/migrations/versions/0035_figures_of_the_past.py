"""figures of the past by day, the paths that cases took, and indexes of what waits and what was done.

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
TEXT, NUMBER, MOMENT = sa.String(), sa.BigInteger(), models.Moment(timezone=True)
OPEN, ENDED = sa.text("state = 'open'"), sa.text("completed_at IS NOT NULL")


def upgrade() -> None:
    """Five tables that the worker fills, and two indexes of tasks."""
    _days()
    _paths()
    _late()
    waiting = ["company_id", "process_id", "element_id", "created_at"]
    op.create_index("ix_user_task_waiting", "user_task", waiting, postgresql_where=OPEN, sqlite_where=OPEN)
    ended = ["company_id", "completed_at"]
    op.create_index("ix_user_task_ended", "user_task", ended, postgresql_where=ENDED, sqlite_where=ENDED)


def _days() -> None:
    texts = ("process_id", "element_id", "department", "state", "cause", "sent_from", "path", "company_id")
    numbers = ("version", "day", "worked", "lasted", "kept", "again", "count")
    op.create_table(
        "insight_day",
        *(sa.Column(name, TEXT, nullable=False) for name in texts),
        *(sa.Column(name, NUMBER, nullable=False) for name in numbers),
        sa.Column("key", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_insight_day")),
    )
    op.create_index("ix_insight_day_process", "insight_day", ["company_id", "process_id", "day"])
    op.create_table(
        "insight_state",
        sa.Column("company_id", TEXT, nullable=False),
        sa.Column("through", NUMBER, nullable=False),
        sa.Column("as_of", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_insight_state")),
    )


def _paths() -> None:
    op.create_table(
        "insight_path",
        *(sa.Column(name, TEXT, nullable=False) for name in ("process_id", "digest", "company_id")),
        sa.Column("elements", models.Json(), nullable=False),
        sa.PrimaryKeyConstraint("process_id", "digest", "company_id", name=op.f("pk_insight_path")),
    )
    op.create_table(
        "case_path",
        sa.Column("instance_key", NUMBER, autoincrement=False, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("process_id", "path", "company_id")),
        sa.Column("day", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instance.key"], name=op.f("fk_case_path_instance_key_process_instance")
        ),
        sa.PrimaryKeyConstraint("instance_key", name=op.f("pk_case_path")),
    )
    op.create_index("ix_case_path_path", "case_path", ["company_id", "process_id", "path", "day"])
    op.create_index("ix_case_path_day", "case_path", ["company_id", "day"])


def _late() -> None:
    op.create_table(
        "late_task",
        *(sa.Column(name, NUMBER, autoincrement=False, nullable=False) for name in ("user_task_key", "instance_key", "day")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("cause", "company_id")),
        sa.ForeignKeyConstraint(["user_task_key"], ["user_task.key"], name=op.f("fk_late_task_user_task_key_user_task")),
        sa.ForeignKeyConstraint(
            ["instance_key"], ["process_instance.key"], name=op.f("fk_late_task_instance_key_process_instance")
        ),
        sa.PrimaryKeyConstraint("user_task_key", name=op.f("pk_late_task")),
    )
    op.create_index("ix_late_task_day", "late_task", ["company_id", "day"])
    op.create_index("ix_late_task_instance_key", "late_task", ["instance_key"])
