"""every version of a record keeps its own level; the reading log names cases, one line an hour; names are found by initials.

A version that is there already takes the highest level that its record has or that the cases which wrote it ever
spoke of: a record whose level was lowered without anybody's leave hides its contents again.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.basics.letters import pinyin
from engine.people.organisation import SECRECY, level_of
from engine.storage import models

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RECORD = sa.table(
    "customer_record",
    sa.column("key", sa.BigInteger()),
    sa.column("name", sa.String()),
    sa.column("initials", sa.String()),
    sa.column("secrecy", sa.String()),
)
VERSION = sa.table(
    "record_version",
    sa.column("record_key", sa.BigInteger()),
    sa.column("instance_key", sa.BigInteger()),
    sa.column("secrecy", sa.String()),
)
CASE = sa.table(
    "process_instance",
    sa.column("key", sa.BigInteger()),
    sa.column("root_key", sa.BigInteger()),
    sa.column("tokens", models.Json()),
)
EVENT = sa.table("history_event", sa.column("instance_key", sa.BigInteger()), sa.column("data", models.Json()))


def upgrade() -> None:
    """every version of a record keeps its own level; the reading log names cases and holds one line an hour."""
    op.add_column("customer_record", sa.Column("initials", sa.String(), nullable=False, server_default=""))
    op.add_column("record_version", sa.Column("secrecy", sa.String(), nullable=True))
    _fill(op.get_bind())
    with op.batch_alter_table("record_version", schema=None) as batch_op:
        batch_op.alter_column("secrecy", existing_type=sa.String(), nullable=False)
    with op.batch_alter_table("record_reading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("instance_key", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("slot", sa.String(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_record_reading_instance_key_process_instance"), "process_instance", ["instance_key"], ["key"]
        )
        batch_op.create_unique_constraint(op.f("uq_record_reading_slot"), ["slot"])


def _fill(connection: sa.Connection) -> None:
    for record in connection.execute(sa.select(RECORD.c.key, RECORD.c.name, RECORD.c.secrecy)).all():
        named = {"initials": pinyin.initials(record.name)}
        connection.execute(sa.update(RECORD).where(RECORD.c.key == record.key).values(named))
        level = max([record.secrecy, *_spoken_of(connection, record.key)], key=level_of)
        connection.execute(sa.update(VERSION).where(VERSION.c.record_key == record.key).values(secrecy=level))


def _spoken_of(connection: sa.Connection, record_key: int) -> Iterator[str]:
    """The levels that stand anywhere in the variables and the history of the cases that wrote the record."""
    wrote = sa.select(VERSION.c.instance_key).where(VERSION.c.record_key == record_key, VERSION.c.instance_key.is_not(None))
    roots = sa.select(CASE.c.root_key).where(CASE.c.key.in_(wrote))
    tree = sa.select(CASE.c.key).where(CASE.c.root_key.in_(roots))
    for column, mine in ((CASE.c.tokens, CASE.c.key.in_(tree)), (EVENT.c.data, EVENT.c.instance_key.in_(tree))):
        for kept in connection.execute(sa.select(column).where(mine)).scalars():
            yield from _levels(kept)


def _levels(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value in SECRECY:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _levels(each)
