"""Which hosts are this machine itself, or reached by no other than those beside it."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata

LOCAL = ("localhost", "127.0.0.1", "::1")
METADATA = ipaddress.IPv4Address("100.100.100.200")  # where Alibaba Cloud tells secrets of a machine
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64 (RFC 6052): the last four bytes are an address of IPv4


def is_local(host: str) -> bool:
    """Whether a host is this machine itself, by name or address."""
    try:
        return _address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") in LOCAL or host.lower().rstrip(".").endswith(".localhost")


def is_inner(host: str) -> bool:
    """Whether it is this machine, or an address that leads nowhere beyond its own piece of network (RFC 6890): link-local, as
    clouds tell secrets of their machines at 169.254.169.254, unspecified or multicast. Private networks are an office's own.
    """
    try:
        address = _address(host)
    except ValueError:
        return is_local(host)
    is_beside = address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    return is_beside or address == METADATA


def is_plain(host: str) -> bool:
    """Whether it is an address, or a name of this machine, as everybody writes it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return is_local(host) and not host[:1].isdecimal()
    return True


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address that the operating system would go to, however it is written; that of IPv4 where one of IPv6 leads to it.

    Raises ValueError for a name.
    """
    text = unicodedata.normalize("NFKC", host).partition("%")[0].rstrip(".")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return _spelled(text)
    if isinstance(address, ipaddress.IPv6Address):
        within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in TRANSLATED else None
        return address.ipv4_mapped or address.sixtofour or within or address
    return address


def _spelled(text: str) -> ipaddress.IPv4Address:
    """An address in one number, of fewer parts, hexadecimal or octal, as 0x7f000001, 127.1 and 0177.0.0.1. Raises ValueError."""
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except OSError as error:
        raise ValueError(text) from error
