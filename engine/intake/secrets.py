"""The secret with which a customer follows a case: made from the form's receipt, kept only as a digest."""

from __future__ import annotations

import hashlib
import hmac

from engine.basics.codes import ALPHABET, grouped, normal

LENGTH = 12


def derive(key: str, *parts: str) -> str:
    """The secret of a receipt: 60 bits that only who has the server's key can compute.

    The same form sent twice gets the same secret, so a double click loses nothing though only the digest is kept.
    """
    made = hmac.new(key.encode(), "\0".join(("public", *parts)).encode(), hashlib.sha256).digest()
    return grouped("".join(ALPHABET[octet % len(ALPHABET)] for octet in made[:LENGTH]))


def digest(instance_key: int, secret: str) -> str:
    """What is kept of a secret; the same secret of two cases looks different."""
    return hashlib.sha256(f"{instance_key}:{normal(secret)}".encode()).hexdigest()


def matches(stored: str, instance_key: int, secret: str) -> bool:
    """Whether the secret is the one of which `stored` is the digest; an empty one never is."""
    return hmac.compare_digest(stored.encode(), digest(instance_key, secret).encode()) and bool(normal(secret))
