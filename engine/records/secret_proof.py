"""Whether the installation's secret is the right one, checked at start: a wrong one would lock all records and end all sessions."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select

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
    "BANJIE_SECRET_KEY is too weak to protect records: it needs at least %(least)s characters, %(different)s of them different,"
    " best made at random, as by: openssl rand -hex 32"
)
_hasher = PasswordHasher(time_cost=4, memory_cost=65_536, parallelism=1)  # once per start, and slow for who has a copy only


def require(database: Database, secret: str) -> None:
    """Checks the secret against the database; the first one is taken over.

    Raises Invalid for one that is missing, that is not this database's, or that is too weak to be taken over. A database
    of before this check takes over the one that opens its records, whatever it is.
    """
    if not secret:
        raise errors.Invalid(
            "The secret is missing: BANJIE_SECRET_KEY is not set, and there is no file secret-key in the data folder. Please"
            " set the secret that this database was set up with."
        )
    vault = Vault(secret)
    stored = installation.mark_of(database, installation.SECRET)
    if stored is None:
        _require_first(database, vault, secret)
        with database.transaction() as session:
            stored = installation.keep(session, installation.SECRET, _hasher.hash(vault.proof))
    try:
        _hasher.verify(stored, vault.proof)
    except VerificationError as error:
        raise errors.Invalid(WRONG) from error


def is_taken(database: Database) -> bool:
    """Whether this database has a secret already, by its mark or because something is sealed with it."""
    if installation.mark_of(database, installation.SECRET) is not None:
        return True
    return RecordKey.__tablename__ in installation.tables(database) and _some_key(database) is not None


def _require_first(database: Database, vault: Vault, secret: str) -> None:
    sealed = _some_key(database)
    if sealed is not None:
        record, wrapped = sealed
        if not vault.unwraps(wrapped, versions.key_about(record)):
            raise errors.Invalid(WRONG)
    elif len(secret) < LEAST_CHARACTERS or len(set(secret)) < LEAST_DIFFERENT:
        raise errors.Invalid(WEAK, least=LEAST_CHARACTERS, different=LEAST_DIFFERENT)


def _some_key(database: Database) -> tuple[CustomerRecord, bytes] | None:
    """A record and its wrapped key, if anything was ever sealed."""
    statement = select(CustomerRecord, RecordKey.wrapped).join(RecordKey, RecordKey.record_key == CustomerRecord.key).limit(1)
    with database.reading() as session:
        found = session.execute(statement).one_or_none()
        return (found[0], found[1]) if found else None
