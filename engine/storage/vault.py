"""Encryption of customer records: a key of its own for each record, wrapped by the installation's master secret."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from engine import errors

NONCE_BYTES = 12
KEY_BYTES = 32


class Vault:
    """Seals and opens contents with AES-256-GCM.

    `secret` is the installation's secret (BANJIE_SECRET_KEY); the wrapping key is derived from it by HKDF, so it
    is of no use for anything else. `about` binds every sealed text to its place: moved elsewhere it does not open.
    """

    def __init__(self, secret: str | bytes) -> None:
        material = secret.encode() if isinstance(secret, str) else secret
        self._wrapping = _derived(material, b"banjie customer records 1")
        self._signing = _derived(material, b"banjie secrets of filings 1")
        self._proof = _derived(material, b"banjie proof of the secret 1")

    @property
    def signing_key(self) -> str:
        """What the secrets of those who follow a case are made with (`engine.intake.secrets.derive`)."""
        return self._signing.hex()

    @property
    def proof(self) -> str:
        """What shows that the secret is the right one (`engine.records.records.secret_proof`); nothing is sealed or signed with it."""
        return self._proof.hex()

    def unwraps(self, wrapped: bytes, about: str) -> bool:
        """Whether a record's key was wrapped with this secret."""
        try:
            _decrypt(self._wrapping, wrapped, about)
        except errors.Unavailable:
            return False
        return True

    def wrapped_anew(self, wrapped: bytes, about: str, by: Vault) -> bytes:
        """The same record's key, wrapped by another vault. Raises Unavailable when it was not wrapped by this one."""
        return _encrypt(by._wrapping, _decrypt(self._wrapping, wrapped, about), about)

    def new_key(self, about: str) -> bytes:
        """A fresh wrapped key; the plain one exists only while something is sealed or opened."""
        return _encrypt(self._wrapping, AESGCM.generate_key(256), about)

    def seal(self, wrapped: bytes, content: bytes, key_about: str, about: str) -> bytes:
        """`content` encrypted with the wrapped key."""
        return _encrypt(_decrypt(self._wrapping, wrapped, key_about), content, about)

    def open(self, wrapped: bytes, sealed: bytes, key_about: str, about: str) -> bytes:
        """The content again. Raises Unavailable when the secret is another one or the text was tampered with."""
        return _decrypt(_decrypt(self._wrapping, wrapped, key_about), sealed, about)


def of_session(session: Session) -> Vault:
    """The vault that the database was opened with. Raises Unavailable without one."""
    vault = session.info.get("vault")
    if not isinstance(vault, Vault):
        raise errors.Unavailable("Customer records need the installation's secret, which is not set.")
    return vault


def _derived(material: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(material)


def _encrypt(key: bytes, content: bytes, about: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, about.encode())


def _decrypt(key: bytes, sealed: bytes, about: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise errors.Unavailable("This record cannot be decrypted with the installation's secret.") from error
