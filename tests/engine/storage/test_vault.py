"""What the vault seals opens only with the same secret, in the same place, untouched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors
from engine.storage.vault import Vault

VAULT = Vault("secret")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=2000), st.text(max_size=30), st.text(max_size=30))
def test_what_is_sealed_opens_again(content: bytes, key_about: str, about: str) -> None:
    wrapped = VAULT.new_key(key_about)
    sealed = VAULT.seal(wrapped, content, key_about, about)
    assert VAULT.open(wrapped, sealed, key_about, about) == content
    assert Vault(b"secret").open(wrapped, sealed, key_about, about) == content


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_changed_byte_anywhere_is_noticed(data) -> None:
    wrapped = VAULT.new_key("k")
    sealed = VAULT.seal(wrapped, b"content", "k", "a")
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    with pytest.raises(errors.Unavailable):
        VAULT.open(wrapped, changed, "k", "a")


def test_another_secret_place_or_key_does_not_open_it() -> None:
    wrapped = VAULT.new_key("k")
    sealed = VAULT.seal(wrapped, b"content", "k", "a")
    for vault, key, key_about, about in (
        (Vault("other"), wrapped, "k", "a"),
        (VAULT, VAULT.new_key("k"), "k", "a"),
        (VAULT, wrapped, "x", "a"),
        (VAULT, wrapped, "k", "x"),
        (VAULT, b"", "k", "a"),
    ):
        with pytest.raises(errors.Unavailable):
            vault.open(key, sealed, key_about, about)
    with pytest.raises(errors.Unavailable):
        VAULT.open(wrapped, b"", "k", "a")


def test_the_same_content_never_looks_the_same() -> None:
    wrapped = VAULT.new_key("k")
    assert VAULT.seal(wrapped, b"content", "k", "a") != VAULT.seal(wrapped, b"content", "k", "a")
