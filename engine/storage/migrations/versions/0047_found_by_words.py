"""cases are found by the words that lists show of them, open parts by pairs of their letters; a person's own columns of lists.

Revision ID: 0047
Revises: 0045
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.basics.letters import pinyin
from engine.storage import models

revision = "0047"
down_revision = "0045"
branch_labels = None
depends_on = None
AT_A_TIME = 2000
LONGEST = 100
CASE = sa.table(
    "process_instance", *map(sa.column, ("key", "number", "title", "initiator", "words")), sa.column("summary", models.Json)
)
TASK = sa.table("user_task", sa.column("key"), sa.column("name"))
ITEM = sa.table("work_item", *map(sa.column, ("key", "user_task_key", "instance_key", "state", "pairs")))


def upgrade() -> None:
    """New columns, filled from what each case shows; an index of the pairs where PostgreSQL keeps one."""
    op.add_column("process_instance", sa.Column("words", sa.String(), nullable=False, server_default=""))
    op.add_column("work_item", sa.Column("pairs", sa.Text(), nullable=False, server_default=""))
    _fill(CASE, sa.select(CASE), lambda row: {"words": _words(row)})
    open_parts = (
        sa.select(ITEM.c.key, CASE.c.words, CASE.c.initiator, TASK.c.name)
        .join(TASK, TASK.c.key == ITEM.c.user_task_key)
        .join(CASE, CASE.c.key == ITEM.c.instance_key)
        .where(ITEM.c.state.in_(("open", "waiting")))
    )
    _fill(ITEM, open_parts, lambda row: {"pairs": _pairs(row)})
    _index()
    op.create_table(
        "list_layout",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("columns", models.Json(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_list_layout"),
        sa.UniqueConstraint("company_id", "username", "list", name="uq_list_layout_company_id_username_list"),
    )


def _index() -> None:
    if op.get_bind().dialect.name == "postgresql":
        kinds: dict[str, Any] = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}
        kinds["postgresql_where"] = sa.text("state = 'open'")
        op.create_index("ix_work_item_pairs", "work_item", [sa.text("string_to_array(pairs, ' ')")], **kinds)


def _words(row: Any) -> str:
    """As `engine.cases.lines.words` made them at this revision."""
    shown = [str(each.get("value") or "")[:LONGEST] for each in row.summary or ()]
    lines = []
    for text in (row.number, row.title, *shown):
        lines += [" ".join(text.split()).casefold(), "" if text.isascii() else pinyin.initials(text[:LONGEST])]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _pairs(row: Any) -> str:
    parts = f"{row.words} {row.name.casefold()}".split()
    found = dict.fromkeys(part[place : place + 2] for part in parts for place in range(len(part) - 1))
    return " ".join(["", *found, *([f"@{row.initiator}"] if row.initiator else []), ""])


def _fill(table: Any, asked: Any, value: Any) -> None:
    """By key, some thousand rows at a time: however many there are, few are held at once."""
    bind = op.get_bind()
    for rows in _parts(bind, asked, table.c.key):
        changing = sa.update(table).where(table.c.key == sa.bindparam("at"))
        new = [{"at": row.key, **value(row)} for row in rows]
        bind.execute(changing.values({name: sa.bindparam(name) for name in new[0] if name != "at"}), new)


def _parts(bind: Any, asked: Any, key: Any) -> Iterator[list[Any]]:
    last = 0
    while rows := bind.execute(asked.where(key > last).order_by(key).limit(AT_A_TIME)).all():
        yield rows
        last = rows[-1].key
