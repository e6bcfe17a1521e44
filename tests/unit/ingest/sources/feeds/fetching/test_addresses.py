"""Tests of public addresses, and of connections to checked addresses alone."""

from __future__ import annotations

import ipaddress

import httpx
import pytest

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.addresses import Address, is_public
from services.ingest.sources.feeds.fetching.pinning import PinningTransport
from services.outcomes import FetchFault

INSIDE = (
    "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200 0.0.0.0 224.0.0.1 240.0.0.1 "
    "255.255.255.255 192.0.2.1 198.18.0.1 192.88.99.1 :: ::1 fe80::1 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 "
    "::ffff:10.0.0.1 ::ffff:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: "
    "2001:0:1::1 ::7f00:1"
).split()
OUTSIDE = ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", INSIDE)
def test_inside_is_not_public(text: str) -> None:
    """Private, local, reserved and multicast addresses are not public, in any notation."""
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_outside_is_public(text: str) -> None:
    """Addresses of the internet are public."""
    assert is_public(ipaddress.ip_address(text))


def build_client(*found: str, seen: list[httpx.Request], allow_private: bool = False) -> httpx.AsyncClient:
    async def resolve(host: str, port: int) -> list[Address]:
        return [ipaddress.ip_address(text) for text in found]

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "203.0.114.1":
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200)

    transport = PinningTransport(httpx.MockTransport(answer), allow_private=allow_private, resolve=resolve)
    return httpx.AsyncClient(transport=transport, trust_env=False)


async def test_connects_to_the_checked_address() -> None:
    """The request goes to the checked address, and Host and the TLS server name still have the name of the host."""
    seen: list[httpx.Request] = []
    async with build_client("10.0.0.1", "8.8.8.8", seen=seen) as client:
        await client.get("https://news.example/feed")
    [request] = seen
    assert (request.url.host, request.headers["host"]) == ("8.8.8.8", "news.example")
    assert request.extensions["sni_hostname"] == "news.example"


async def test_tries_the_next_address() -> None:
    """If one address does not answer, the next one is tried."""
    seen: list[httpx.Request] = []
    async with build_client("203.0.114.1", "2606:4700::1111", seen=seen) as client:
        await client.get("http://news.example:8080/feed")
    assert [request.url.host for request in seen] == ["203.0.114.1", "2606:4700::1111"]
    assert seen[1].headers["host"] == "news.example:8080"


async def test_private_is_refused_unless_allowed() -> None:
    """A host that has only private addresses gets no connection, unless the settings allow it."""
    seen: list[httpx.Request] = []
    async with build_client("10.0.0.1", seen=seen) as client:
        with pytest.raises(FetchError) as caught:
            await client.get("http://news.example/")
    assert (caught.value.fault, seen) == (FetchFault.FORBIDDEN_ADDRESS, [])
    async with build_client("10.0.0.1", seen=seen, allow_private=True) as client:
        assert (await client.get("http://news.example/")).status_code == 200
