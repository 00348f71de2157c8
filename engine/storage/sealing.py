"""Secrets of rows, sealed by the vault: they leave the database only where they are used, and are never exported."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.storage import vault
from engine.storage.models import NoticeChannel, SecondFactor, SignInProvider

Row = SignInProvider | SecondFactor | NoticeChannel
MODELS: tuple[type[SignInProvider] | type[SecondFactor] | type[NoticeChannel], ...] = (
    SignInProvider,
    SecondFactor,
    NoticeChannel,
)


def key_about(row: Row) -> str:
    """What the key of a row's secret is bound to: in another row it opens nothing."""
    return f"secret {row.__tablename__}/{row.company_id}/{row.key}"


def put(session: Session, row: Row, secret: str) -> None:
    """Seals a secret into the row, with a key of its own. Raises Unavailable without the installation's secret."""
    vault_here, about = vault.of_session(session), key_about(row)
    row.wrapped = vault_here.new_key(about)
    row.sealed = vault_here.seal(row.wrapped, secret.encode(), about, about)


def opened(session: Session, row: Row) -> str:
    """The secret of a row; "" where it has none. Raises Unavailable when it was sealed with another secret."""
    if row.wrapped is None or row.sealed is None:
        return ""
    about = key_about(row)
    return vault.of_session(session).open(row.wrapped, row.sealed, about, about).decode()
