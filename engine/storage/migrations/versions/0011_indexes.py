"""indexes for what was slow with millions of cases; the processes of before that work with customer records are named.

Who saves customer records and looks them up is policy since 0006. A company whose organisation was deployed before that
names nobody, and its open cases would stop there; so it names the processes whose versions do that already. A process
that is published later is named by the company itself.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from engine.storage import keys, models

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ADDED = (
    ("process_instance", "running", ["company_id", "state", "definition_key"], None),
    ("process_instance", "parent", ["parent_key"], "parent_key IS NOT NULL"),
    ("process_instance", "ended", ["company_id", "ended_at", "process_id", "state"], "ended_at IS NOT NULL"),
    ("process_instance", "incidents", ["company_id", "key"], "incidents > 0"),
    ("user_task", "element", ["company_id", "element_id", "state", "key"], None),
    ("user_task", "assignee", ["company_id", "assignee", "state", "key"], None),
    ("work_item", "person_arrival", ["company_id", "username", "state", "created_at", "key"], None),
    ("work_item", "group_arrival", ["company_id", "group_name", "state", "created_at", "key"], None),
    ("subscription", "name", ["company_id", "kind", "name", "correlation_key", "process_id", "key"], None),
    ("subscription", "start", ["company_id", "kind", "name"], "instance_key IS NULL"),
)
COMPANY = sa.table(
    "company",
    sa.column("id", sa.String()),
    sa.column("settings", models.Json()),
    sa.column("organisation_version", sa.BigInteger()),
)
PROCESS = sa.table(
    "process_definition",
    sa.column("key", sa.BigInteger()),
    sa.column("company_id", sa.String()),
    sa.column("process_id", sa.String()),
    sa.column("xml", sa.LargeBinary()),
    sa.column("settings", sa.Text()),
)
SAVES = re.compile(r'\btype="records\.save"')
LOOKS_UP = re.compile(r'\btype="records\.check_holds"|\brecord(?: options| numbered)?\s*\(')


def upgrade() -> None:
    """indexes for what a fill of three million cases showed to be slow; who works with customer records already."""
    op.drop_index("ix_subscription_name", table_name="subscription")
    for table, name, columns, where in ADDED:
        condition = None if where is None else sa.text(where)
        op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=condition, sqlite_where=condition)
    connection = op.get_bind()
    for company in connection.execute(sa.select(COMPANY)).all():
        if not {"saved_by", "read_by"} & company.settings.get("records", {}).keys():
            _name_processes(connection, company)


def _name_processes(connection: sa.Connection, company: sa.Row) -> None:
    saved_by, read_by = set(), set()
    columns = (PROCESS.c.process_id, PROCESS.c.xml, PROCESS.c.settings)
    mine = sa.select(*columns).where(PROCESS.c.company_id == company.id).order_by(PROCESS.c.key)
    for process_id, xml, settings in connection.execute(mine):
        text = _own_part(bytes(xml).decode(errors="replace"), process_id) + settings
        if SAVES.search(text):
            saved_by.add(process_id)
        elif LOOKS_UP.search(text):
            read_by.add(process_id)
    if saved_by or read_by:
        records = {**company.settings.get("records", {}), "saved_by": sorted(saved_by), "read_by": sorted(read_by - saved_by)}
        changed = {"settings": {**company.settings, "records": records}, "organisation_version": keys.new()}
        connection.execute(sa.update(COMPANY).where(COMPANY.c.id == company.id).values(changed))


def _own_part(xml: str, process_id: str) -> str:
    """What a file says of one of its processes; all of it where that cannot be told."""
    opening = rf"""<(?:[\w.-]+:)?process\b[^>]*\bid=["']{re.escape(process_id)}["'][^>]*>"""
    found = re.search(opening + r"(.*?)</(?:[\w.-]+:)?process>", xml, re.DOTALL)
    return found[1] if found else xml
