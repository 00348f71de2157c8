"""Which addresses lead to this machine or its own piece of network, however they are written."""

from __future__ import annotations

import pytest

from engine.announcing import channels
from engine.basics import hosts


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "2130706433",
        "１２７.0.0.1",
        "127.0.0.1.",
        "0",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "169.254.169.254",
        "0xa9fea9fe",
        "fe80::1%eth0",
        "localhost.",
        "a.localhost",
    ],
)
def test_every_spelling_of_an_inner_address_is_refused_for_a_channel(host: str) -> None:
    assert hosts.is_inner(host)
    address = f"https://[{host}]/" if ":" in host else f"https://{host}/"
    assert channels.address_fault(address, allows_local=False) is not None


@pytest.mark.parametrize("host", ["example.com", "10.0.0.8", "192.168.1.2", "2001:db8::1", "64:ff9b::808:808", "0x7f.example"])
def test_others_and_an_office_s_own_network_are_not(host: str) -> None:
    assert not hosts.is_inner(host)


@pytest.mark.parametrize("host", ["0x7f000001", "127.1", "2130706433"])
def test_what_was_stored_in_an_odd_spelling_is_not_sent_to(host: str) -> None:
    assert hosts.is_inner(host) and not hosts.is_plain(host)
    assert hosts.is_plain("127.0.0.1") and hosts.is_plain("localhost") and not hosts.is_plain("example.com")
