"""Passwords of tests are hashed in no time; nothing of the product leads here, so nobody's real one ever is."""

from __future__ import annotations

from types import ModuleType

from argon2 import PasswordHasher

CHEAP = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)


def install(passwords: ModuleType) -> PasswordHasher:
    """Puts the cheap hasher into `engine.people.passwords`; returns the one of the product."""
    products: PasswordHasher = passwords._hasher
    passwords._hasher, passwords._NOBODY = CHEAP, CHEAP.hash("a password that nobody has")
    return products
