"""what a worker that died held is taken up by another within seconds; answers to questions are a kind of notice of their own.

Revision ID: 0059
Revises: 0055
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0059"
down_revision = "0055"
branch_labels = None
depends_on = None
TEXT, MOMENT, JSON = sa.String(), models.Moment(timezone=True), models.Json()
ASKED, ANSWERED = "asked", "answered"


def upgrade() -> None:
    """Two columns; whoever chose something for questions and answers in one has chosen it for both."""
    with op.batch_alter_table("outgoing") as table:
        table.add_column(sa.Column("worker", TEXT, nullable=True))
    with op.batch_alter_table("heartbeat") as table:
        table.add_column(sa.Column("alive_at", MOMENT, nullable=True))
    _each("notice_channel", "key", "kinds", _listed)
    _each("notice_choice", "key", "how", _chosen)
    _each("company", "id", "settings", _set)


def _each(table: str, key: str, column: str, changed: Any) -> None:
    rows = sa.table(table, sa.column(key), sa.column(column, JSON))
    connection = op.get_bind()
    for of, kept in connection.execute(sa.select(rows.c[key], rows.c[column])).all():
        new = changed(kept)
        if new != kept:
            connection.execute(sa.update(rows).where(rows.c[key] == of).values({column: new}))


def _listed(kinds: Any) -> Any:
    if not isinstance(kinds, list) or ASKED not in kinds:
        return kinds
    return [each for kind in kinds for each in ((kind, ANSWERED) if kind == ASKED else (kind,))]


def _chosen(how: Any) -> Any:
    return {**how, ANSWERED: how[ASKED]} if isinstance(how, Mapping) and ASKED in how else how


def _set(settings: Any) -> Any:
    """A company's own rules; its words for both stay those of questions, as they speak of them."""
    table = settings.get("notices") if isinstance(settings, Mapping) else None
    if not isinstance(table, Mapping):
        return settings
    new = {**table}
    if "how" in table:
        new["how"] = _chosen(table["how"])
    if "obligatory" in table:
        new["obligatory"] = _listed(table["obligatory"])
    return {**settings, "notices": new}
