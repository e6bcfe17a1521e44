"""Check of network addresses: a feed must not make ingest connect to the inside of the network that it runs in."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from services.ingest.sources.feeds.errors import FetchError
from services.outcomes import FetchFault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""Function from a host and a port to its addresses, the preferred one first. Raises FetchError (unreachable)."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Network of RFC 6052: the last 32 bits are an IPv4 address, which a network without IPv4 reaches this way."""
NEVER_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        # RFC 8215, local NAT64.
        "64:ff9b:1::/48",
        # RFC 3879, site-local. Python's is_global is True for it.
        "fec0::/10",
        # RFC 4291, IPv4-compatible; deprecated.
        "::/96",
        # RFC 3056 and RFC 4380: tunnels whose addresses contain an IPv4 address. No publisher serves news from them.
        "2002::/16",
        "2001::/32",
        # RFC 7526, relays of these tunnels; deprecated.
        "192.88.99.0/24",
    )
)
"""Networks that count as private here, in addition to those that Python's ipaddress knows."""


def is_public(address: Address) -> bool:
    """Return True if the address belongs to the public internet.

    Private (RFC 1918, RFC 4193, RFC 6598), loopback, link-local, multicast and reserved addresses do not, and neither
    does an IPv6 address that contains such an IPv4 address.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    if any(address in network for network in NEVER_PUBLIC if network.version == address.version):
        return False
    special = address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    return address.is_global and not special and not address.is_unspecified


async def resolve(host: str, port: int) -> list[Address]:
    """Resolve a host with the system's resolver; an address as text gives itself. Implements `Resolve`."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    # UnicodeError: a label that is empty or too long.
    except (OSError, UnicodeError) as error:
        raise FetchError(FetchFault.UNREACHABLE, f"cannot resolve host {host}: {error}") from error
    return list(dict.fromkeys(ipaddress.ip_address(sockaddr[0]) for *_, sockaddr in found))
