"""Which hosts are this machine itself, or reached by no other than those beside it."""

from __future__ import annotations

import ipaddress

LOCAL = ("localhost", "127.0.0.1", "::1")


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
    return address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(host.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
