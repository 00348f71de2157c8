"""ways to sign in, what was noted of signing in, second factors.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.storage import models

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _key() -> sa.Column[int]:
    return sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False)


def _sealed() -> list[sa.Column[bytes]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=True) for name in ("wrapped", "sealed")]


def _company() -> sa.Column[str]:
    return sa.Column("company_id", sa.String(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, models.Moment(timezone=True), nullable=nullable)


def upgrade() -> None:
    """ways to sign in, what was noted of signing in, second factors."""
    op.create_table(
        "sign_in_provider",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("settings", models.Json(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *_sealed(),
        _key(),
        _company(),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_provider")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_sign_in_provider_company_id_id")),
    )
    op.create_table(
        "sign_in_policy",
        _company(),
        sa.Column("second_factor", models.Json(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_sign_in_policy")),
    )
    op.create_table(
        "sign_in_event",
        _moment("at"),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "provider", "username", "by", "address", "text")),
        sa.Column("values", models.Json(), nullable=False),
        _key(),
        _company(),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_event")),
    )
    op.create_index("ix_sign_in_event_company", "sign_in_event", ["company_id", "key"])
    op.create_index("ix_sign_in_event_at", "sign_in_event", ["company_id", "at"])
    op.create_table(
        "used_state",
        sa.Column("digest", sa.String(), nullable=False),
        _moment("at"),
        _company(),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_state")),
    )
    op.create_table(
        "second_factor",
        sa.Column("username", sa.String(), nullable=False),
        _moment("begun_at"),
        _moment("confirmed_at", nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        *_sealed(),
        _key(),
        _company(),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("company_id", "username", name=op.f("uq_second_factor_company_id_username")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        _moment("used_at", nullable=True),
        _key(),
        _company(),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("company_id", "username", "digest", name=op.f("uq_recovery_code_company_id_username_digest")),
    )
