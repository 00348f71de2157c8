"""`banjie secret rotate`: another secret for the installation, without a moment in which records could not be read."""

from __future__ import annotations

import argparse
import os
import secrets

from engine import environment, errors
from engine.commands import opening
from engine.files import belonging
from engine.records.secret import secret_proof, secret_rotation
from engine.storage.vault import Vault

NEW = "BANJIE_NEW_SECRET_KEY"


def rotate(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Wraps all records' keys with another secret and ends all sessions.

    The new secret is `BANJIE_NEW_SECRET_KEY`, or, where the secret lies in the data folder, made at random. It is written
    beside the old one before the database is changed, and takes its place afterwards: whatever ends this command, the next
    command finds the one that fits. Raises Invalid for a secret that is wrong, weak or no other.
    """
    store = opening.joined(settings)
    opening.require_tables(store)
    belonging.join(store, settings.data)
    old, is_kept = opening.secret_of(settings, store), settings.secret_key == environment.kept_secret(settings.data)
    new = os.environ.get(NEW) or (secrets.token_urlsafe(environment.SECRET_BYTES) if is_kept else "")
    _require_good(old, new)
    if not secret_proof.is_right(store, Vault(old)):
        raise errors.Invalid(secret_proof.WRONG)
    secret_proof.adopt(store, Vault(old))
    if is_kept:
        environment.write_secret(settings.data, new, environment.NEXT_SECRET_FILE)
    count = secret_rotation.rotate(store, Vault(old), Vault(new))
    if is_kept:
        environment.take_next_secret(settings.data)
    store.close()
    print(f"The keys of {count} records are wrapped with the new secret, and all sessions have ended.")
    if not is_kept:
        print(f"Please set BANJIE_SECRET_KEY to the value of {NEW} now.")
    print("Please start server and worker again.")
    return 0


def _require_good(old: str, new: str) -> None:
    if not new:
        raise errors.Invalid(
            "The secret comes from BANJIE_SECRET_KEY, so the new one has to be given too: set it as %(name)s for this command.",
            name=NEW,
        )
    if new == old:
        raise errors.Invalid("%(name)s is the secret that is in use already.", name=NEW)
    if secret_proof.is_weak(new):
        raise errors.Invalid(secret_proof.WEAK, **{**secret_proof.LEAST, "name": NEW})
