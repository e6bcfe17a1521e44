"""httpx transport that connects only to an address that it has checked."""

from __future__ import annotations

import httpx

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.addresses import Address, Resolve, is_public, resolve
from services.ingest.sources.feeds.settings import FetchSettings
from services.outcomes import FetchFault

MAX_ADDRESSES = 3
"""Maximum number of addresses of one host that are tried. If three do not answer, a fourth will hardly answer."""
DEFAULT_PORTS = {"http": 80, "https": 443}


class PinningTransport(httpx.AsyncBaseTransport):
    """Transport that resolves a host once, refuses addresses that are not public, and connects to the checked address.

    A name that resolves to another address a moment later (DNS rebinding) has no effect. The Host header, the TLS
    server name and the check of the certificate still use the name. Raises FetchError (forbidden_address, unreachable).
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._inner = inner
        self._allow_private = allow_private
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first checked address that accepts a connection. Called by httpx."""
        host = request.url.raw_host.decode("ascii").strip("[]")
        port = request.url.port or DEFAULT_PORTS[request.url.scheme]
        failure: httpx.TransportError | None = None
        for address in await self._find_allowed(host, port):
            try:
                return await self._inner.handle_async_request(_pin(request, host, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure if failure is not None else FetchError(FetchFault.UNREACHABLE, f"host {host} has no address")

    async def aclose(self) -> None:
        """Close the transport below. Called by httpx."""
        await self._inner.aclose()

    async def _find_allowed(self, host: str, port: int) -> list[Address]:
        found = await self._resolve(host, port)
        allowed = [address for address in found if self._allow_private or is_public(address)]
        if found and not allowed:
            raise FetchError(FetchFault.FORBIDDEN_ADDRESS, f"host {host} has address {found[0]}, which is not public")
        return allowed[:MAX_ADDRESSES]


def build_client(settings: FetchSettings, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Build a client that uses no proxy and follows no redirect. `transport` replaces the network in tests."""
    inner = transport if transport is not None else httpx.AsyncHTTPTransport(
        trust_env=False,
        # httpx finds an open connection by its address, and two hosts may share one: never reuse a connection.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    )  # fmt: skip
    return httpx.AsyncClient(
        transport=PinningTransport(inner, allow_private=settings.allow_private),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
    )


def _pin(request: httpx.Request, host: str, address: Address) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host.rstrip(".")},
    )
