"""posts, groups as rows with rules and former names, roles, planned changes, files of people, the organisation's log.

Every name that has members becomes a group; who is in a group was entered there.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import keys, models

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MEMBERSHIP = sa.table("membership", sa.column("company_id", sa.String()), sa.column("group_name", sa.String()))
GROUP = sa.table(
    "candidate_group",
    sa.column("key", sa.BigInteger()),
    sa.column("company_id", sa.String()),
    sa.column("name", sa.String()),
    sa.column("note", sa.String()),
)


def upgrade() -> None:
    """the tables, the columns, and a row for each group that has members."""
    _columns()
    _groups()
    _changes()
    connection = op.get_bind()
    named = sa.select(MEMBERSHIP.c.company_id, MEMBERSHIP.c.group_name).distinct().order_by(*MEMBERSHIP.c)
    found = [{"key": keys.new(), "company_id": each[0], "name": each[1], "note": ""} for each in connection.execute(named)]
    if found:
        connection.execute(sa.insert(GROUP), found)


def _columns() -> None:
    no = sa.false()
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_closed", sa.Boolean(), nullable=False, server_default=no))
    with op.batch_alter_table("person", schema=None) as batch_op:
        for name in ("mobile", "employee_number", "superior"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=True))
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_named", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("is_derived", sa.Boolean(), nullable=False, server_default=no))
        batch_op.create_index("ix_membership_person", ["company_id", "username", "group_name"], unique=False)


def _table(name: str, *columns: sa.Column, unique: tuple[str, ...] = ()) -> None:
    own = (
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f(f"pk_{name}")),
    )
    rule = (sa.UniqueConstraint(*unique, name=op.f(f"uq_{name}_{'_'.join(unique)}")),) if unique else ()
    op.create_table(name, *columns, *own, *rule)


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _moment(name: str) -> sa.Column:
    return sa.Column(name, models.Moment(timezone=True), nullable=False)


def _groups() -> None:
    _table("post", *_text("name"), unique=("company_id", "name"))
    is_main: sa.Column = sa.Column("is_main", sa.Boolean(), nullable=False)
    _table("post_holder", *_text("username", "post"), is_main, unique=("company_id", "username", "post"))
    op.create_index("ix_post_holder_post", "post_holder", ["company_id", "post"], unique=False)
    _table("candidate_group", *_text("name", "note"), unique=("company_id", "name"))
    _table("group_rule", *_text("group_name", "kind", "value"), unique=("company_id", "group_name", "kind", "value"))
    _table("former_name", *_text("name", "group_name"), unique=("company_id", "name"))
    columns = (*_text("username", "role", "scope", "granted_by"), _moment("granted_at"))
    _table("role_grant", *columns, unique=("company_id", "username", "role", "scope"))


def _changes() -> None:
    of_day: tuple[sa.Column, ...] = (
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("values", models.Json(), nullable=False),
    )
    _table("planned_change", *_text("username", "kind", "state", "note", "entered_by"), *of_day, _moment("entered_at"))
    op.create_index("ix_planned_change_person", "planned_change", ["company_id", "username", "state"], unique=False)
    op.create_index("ix_planned_change_day", "planned_change", ["company_id", "state", "day"], unique=False)
    rows: sa.Column = sa.Column("rows", models.Json(), nullable=False)
    _table("people_file", *_text("username", "name"), rows, _moment("handed_in_at"))
    op.create_index("ix_people_file_owner", "people_file", ["company_id", "username"], unique=False)
    data: sa.Column = sa.Column("data", models.Json(), nullable=False)
    _table("organisation_event", *_text("actor", "kind", "subject"), _moment("at"), data)
    op.create_index("ix_organisation_event_company", "organisation_event", ["company_id", "key"], unique=False)
    op.create_index("ix_organisation_event_subject", "organisation_event", ["company_id", "subject", "key"], unique=False)
