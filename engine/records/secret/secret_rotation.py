"""Changing the installation's secret: every key is wrapped anew, of records, channels of notices and other secrets, all or none; all sessions end."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from engine.records import versions
from engine.records.secret import secret_proof
from engine.storage import installation, sealing
from engine.storage.database import Database
from engine.storage.models import CustomerRecord, Person, RecordKey, SignIn
from engine.storage.vault import Vault

AT_ONCE = 1000
_KEYS: Any = RecordKey.__table__
_WRAPPED_ANEW = update(_KEYS).where(_KEYS.c.record_key == bindparam("of")).values(wrapped=bindparam("fresh"))


def rotate(database: Database, old: Vault, new: Vault) -> int:
    """Wraps the key of every record with the secret of `new` in one transaction, and gives how many there were.

    Whoever is about to wrap a key with `old` is waited for, and refused afterwards. All sessions of the pages end. Raises
    Unavailable when a key was not wrapped with `old`; then nothing has changed.
    """
    proof, count, last = secret_proof.proof_of(new), 0, 0
    with database.transaction() as session:
        installation.change(session, installation.SECRET, proof)  # first, as it waits for those who wrap
        while batch := _after(session, last):
            anew = [{"of": key, "fresh": old.wrapped_anew(wrapped, about, new)} for key, wrapped, about in batch]
            session.connection().execute(_WRAPPED_ANEW, anew)
            count, last = count + len(batch), batch[-1][0]
        _seal_anew(session, old, new)
        session.execute(delete(SignIn))
        session.execute(update(Person).values(session_epoch=Person.session_epoch + 1))
    return count


def _seal_anew(session: Session, old: Vault, new: Vault) -> None:
    """The same for the secrets of ways to sign in and of second factors."""
    for model in sealing.MODELS:
        statement: Any = select(model).where(model.wrapped.is_not(None))
        for row in session.execute(statement).scalars():
            row.wrapped = old.wrapped_anew(row.wrapped or b"", sealing.key_about(row), new)
    session.flush()


def _after(session: Session, last: int) -> list[tuple[int, bytes, Any]]:
    """The next keys with what they are bound to, in order."""
    row = RecordKey
    statement = select(row.record_key, row.wrapped, CustomerRecord).join(CustomerRecord, CustomerRecord.key == row.record_key)
    rows = session.execute(statement.where(row.record_key > last).order_by(row.record_key).limit(AT_ONCE)).all()
    batch = [(key, wrapped, versions.key_about(record)) for key, wrapped, record in rows]
    session.expunge_all()
    return batch
