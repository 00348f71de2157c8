"""Ways to sign in beside the own password, what was noted of signing in, second factors, accounts of programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.models.base import Base, Keyed, Owned


class Sealed:
    """A secret of a row, encrypted with a key that the installation's secret wraps; see `engine.storage.sealing`."""

    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class SignInProvider(Sealed, Keyed, Owned, Base):
    """Who else knows the company's people: `kind` and `settings` as `engine.signing_in.declared` says; the secret is sealed."""

    __tablename__ = "sign_in_provider"
    __table_args__ = (UniqueConstraint("company_id", "id"),)
    id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)


class SignInPolicy(Owned, Base):
    """For whom a company asks for a second factor: codes of roles, or everybody."""

    __tablename__ = "sign_in_policy"
    company_id: Mapped[str] = mapped_column(primary_key=True)
    second_factor: Mapped[list[Any]] = mapped_column(default=list)


class SignInEvent(Keyed, Owned, Base):
    """Somebody signed in by way of a provider, was refused, or a second factor was asked, set up or taken away."""

    __tablename__ = "sign_in_event"
    __table_args__ = (Index("ix_sign_in_event_company", "company_id", "key"), Index("ix_sign_in_event_at", "company_id", "at"))
    at: Mapped[datetime]
    kind: Mapped[str]
    provider: Mapped[str]
    username: Mapped[str]
    by: Mapped[str]
    address: Mapped[str]
    text: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SignInIdentity(Keyed, Owned, Base):
    """Whom a provider means by an id of its own, which stays when names there change and is given to nobody else.

    `issuer` is what the provider calls itself, `subject` the id (OpenID Connect Core 1.0, clause 2, `sub`).
    """

    __tablename__ = "sign_in_identity"
    __table_args__ = (
        UniqueConstraint("company_id", "issuer", "subject"),
        UniqueConstraint("company_id", "issuer", "username"),
    )
    issuer: Mapped[str]
    subject: Mapped[str]
    username: Mapped[str]
    at: Mapped[datetime]


class UsedState(Owned, Base):
    """The digest of a sign-in's state that came back: it comes back once."""

    __tablename__ = "used_state"
    digest: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class SecondFactor(Sealed, Keyed, Owned, Base):
    """A person's second factor: its secret is sealed, `last_step` is the newest code that was taken; asked for once confirmed."""

    __tablename__ = "second_factor"
    __table_args__ = (UniqueConstraint("company_id", "username"),)
    username: Mapped[str]
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Keyed, Owned, Base):
    """A code that stands in for the second factor once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("company_id", "username", "digest"),)
    username: Mapped[str]
    digest: Mapped[str]
    used_at: Mapped[datetime | None]


class MachineAccount(Keyed, Owned, Base):
    """An account of a program [接口账号]; its key is the client id, `digest` is of its secret, which nobody can read again.

    `processes` are ids of those that it is for, none for all. `last_used_on` is a day in the company's zone.
    """

    __tablename__ = "machine_account"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_machine_account_company", "company_id", "key"))
    name: Mapped[str]
    digest: Mapped[str]
    scopes: Mapped[list[Any]]
    processes: Mapped[list[Any] | None]
    expires_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    last_used_on: Mapped[date | None]
