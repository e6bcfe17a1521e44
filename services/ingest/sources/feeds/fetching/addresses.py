"""Which addresses may be connected to: a feed must not reach the inside of the network that fetches it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from services.ingest.sources.feeds.errors import FetchError
from services.outcomes import FetchFault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""Host and port to addresses, the preferred first; raises FetchError (unreachable)."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address, which networks without IPv4 reach in this way."""
NEVER_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        # RFC 8215, local NAT64.
        "64:ff9b:1::/48",
        # RFC 3879, site-local; Python's is_global takes it as public.
        "fec0::/10",
        # RFC 4291, IPv4-compatible; deprecated.
        "::/96",
        # RFC 3056 and RFC 4380, tunnels that hold an IPv4 address; nobody publishes news behind them.
        "2002::/16",
        "2001::/32",
        # RFC 7526, the tunnels' relays; deprecated.
        "192.88.99.0/24",
    )
)


def is_public(address: Address) -> bool:
    """Whether it is an address of the public internet: neither private (RFC 1918, RFC 4193, RFC 6598), loopback,
    link-local, multicast, reserved, nor another form of such a one."""
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
    """The host's addresses as the system knows them, for a literal address itself. See Resolve."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    # UnicodeError: a label that is empty or too long.
    except (OSError, UnicodeError) as error:
        raise FetchError(FetchFault.UNREACHABLE, f"cannot resolve {host}: {error}") from error
    return list(dict.fromkeys(ipaddress.ip_address(sockaddr[0]) for *_, sockaddr in found))
