"""Passwords and secrets of tests are hashed in no time; nothing of the product leads here, so nobody's real one ever is."""

from __future__ import annotations

from types import ModuleType

from argon2 import PasswordHasher

CHEAP = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)


def install(hashing: ModuleType) -> PasswordHasher:
    """Puts the cheap hasher into a module that hashes; returns the one of the product."""
    products: PasswordHasher = hashing._hasher
    hashing._hasher = CHEAP
    if hasattr(hashing, "_NOBODY"):
        hashing._NOBODY = CHEAP.hash("a password that nobody has")
    return products
