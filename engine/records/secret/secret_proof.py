"""Whether the installation's secret is the right one, checked at start: a wrong one would lock all records and end all sessions."""

from __future__ import annotations

from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.records import versions
from engine.storage import installation
from engine.storage.database import Database
from engine.storage.models import CustomerRecord, RecordKey
from engine.storage.vault import Vault

LEAST_CHARACTERS = 20
LEAST_DIFFERENT = 8
WRONG = (
    "BANJIE_SECRET_KEY is not the secret that this database was set up with: its records could not be read. Please set the"
    " right one; without the variable it is read from the file secret-key in the data folder."
)
WEAK = (
    "%(name)s is too weak to protect records: it needs at least %(least)s characters, %(different)s of them different,"
    " best made at random, as by: openssl rand -hex 32"
)
WEAK_ALREADY = (
    "The secret of this installation is too weak to protect records: it needs at least %(least)s characters, %(different)s of"
    " them different. Please change it with: banjie secret rotate"
)
CHANGED = "The installation's secret was changed. Please have server and worker started again with the new one."
LEAST: dict[str, Any] = {"name": "BANJIE_SECRET_KEY", "least": LEAST_CHARACTERS, "different": LEAST_DIFFERENT}
_hasher = PasswordHasher(time_cost=4, memory_cost=65_536, parallelism=1)  # once per start, and slow for who has a copy only


def require(database: Database, secret: str) -> None:
    """Checks the secret against the database; the first one is taken over.

    Raises Invalid for one that is missing, weak, or not this database's. A database of before this check takes over the one
    that opens its records.
    """
    if not secret:
        raise errors.Invalid(
            "The secret is missing: BANJIE_SECRET_KEY is not set, and there is no file secret-key in the data folder. Please"
            " set the secret that this database was set up with."
        )
    vault = Vault(secret)
    if not is_right(database, vault):
        raise errors.Invalid(WRONG)
    if is_weak(secret):
        raise errors.Invalid(WEAK if installation.mark_of(database, installation.SECRET) is None else WEAK_ALREADY, **LEAST)
    adopt(database, vault)


def adopt(database: Database, vault: Vault) -> None:
    """Takes the secret of the vault over, where there is none yet. Raises Invalid when another one was faster."""
    if installation.mark_of(database, installation.SECRET) is not None:
        return
    with database.transaction() as session:
        installation.keep(session, installation.SECRET, proof_of(vault))
    if not is_right(database, vault):
        raise errors.Invalid(WRONG)


def is_right(database: Database, vault: Vault) -> bool:
    """Whether this database was set up with the secret of the vault, or with none yet."""
    stored = installation.mark_of(database, installation.SECRET)
    if stored is None:
        sealed = _some_key(database)
        return sealed is None or vault.unwraps(sealed[1], versions.key_about(sealed[0]))
    try:
        return _hasher.verify(stored, vault.proof)
    except VerificationError:
        return False


def is_weak(secret: str) -> bool:
    """Whether a secret could be guessed by who has a copy of the database."""
    return len(secret) < LEAST_CHARACTERS or len(set(secret)) < LEAST_DIFFERENT


def proof_of(vault: Vault) -> str:
    """What the database keeps of the secret: slow to guess, and of no use for anything else."""
    return _hasher.hash(vault.proof)


def require_unchanged(session: Session) -> None:
    """Raises Unavailable when the secret was changed since this process began, and keeps it until the transaction ends.

    Whoever wraps a new key must ask: nobody could ever read what the secret of before has wrapped.
    """
    known = session.info.get("secret_known")
    if known is not None and installation.hold(session, installation.SECRET) != known:
        raise errors.Unavailable(CHANGED)


def is_taken(database: Database) -> bool:
    """Whether this database has a secret already, by its mark or because something is sealed with it."""
    if installation.mark_of(database, installation.SECRET) is not None:
        return True
    return RecordKey.__tablename__ in installation.tables(database) and _some_key(database) is not None


def _some_key(database: Database) -> tuple[CustomerRecord, bytes] | None:
    """A record and its wrapped key, if anything was ever sealed."""
    statement = select(CustomerRecord, RecordKey.wrapped).join(RecordKey, RecordKey.record_key == CustomerRecord.key).limit(1)
    with database.reading() as session:
        row = session.execute(statement).one_or_none()
        return (row[0], row[1]) if row else None
