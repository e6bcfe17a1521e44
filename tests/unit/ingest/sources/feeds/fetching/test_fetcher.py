"""Tests of fetching without a socket: redirects, headers, limits, politeness."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.bodies import read_body
from services.ingest.sources.feeds.fetching.fetcher import Fetcher, FetchRequest
from services.ingest.sources.feeds.fetching.hosts import HostThrottle
from services.ingest.sources.feeds.fetching.robots import RobotsChecker
from services.outcomes import FetchFault

Answer = Callable[[httpx.Request], httpx.Response]


class Body(httpx.AsyncByteStream):
    """Response body that is not read yet, as on a connection."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def build_fetcher(answer: Answer) -> Fetcher:
    def handle(request: httpx.Request) -> httpx.Response:
        given = answer(request)
        return httpx.Response(given.status_code, headers=given.headers, stream=Body(given.content))

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), trust_env=False)
    return Fetcher(client, HostThrottle(0.0), agent="Copydesk/1", total_timeout=5.0)


def build_request(url: str, **fields: Any) -> FetchRequest:
    defaults: dict[str, Any] = {"accept": "*/*", "max_bytes": 1_000, "headers": {}, "origin_headers": {}}
    return FetchRequest(url=url, **(defaults | fields))


def redirect(targets: dict[str, tuple[int, str]]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        status, location = targets.get(str(request.url), (200, ""))
        return httpx.Response(status, headers={"location": location} if location else {}, content=b"ok")

    return answer


async def test_permanent_url_ends_at_temporary_redirect() -> None:
    """The permanent URL is the last one before the first temporary redirect."""
    moves = {
        "http://a.example/": (301, "https://a.example/"),
        "https://a.example/": (308, "/feed"),
        "https://a.example/feed": (302, "https://b.example/x"),
        "https://b.example/x": (301, "/y"),
    }
    answer = await build_fetcher(redirect(moves)).get(build_request("http://a.example/"))
    assert (answer.url, answer.permanent_url) == ("https://b.example/y", "https://a.example/feed")


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("file:///etc/passwd", FetchFault.FORBIDDEN_SCHEME),
        ("gopher://a.example/", FetchFault.FORBIDDEN_SCHEME),
        ("http://a.example:99999/", FetchFault.BAD_RESPONSE),
        ("", FetchFault.BAD_RESPONSE),
        ("/", FetchFault.TOO_MANY_REDIRECTS),
    ],
)
async def test_bad_redirects(location: str, fault: FetchFault) -> None:
    """A redirect to a forbidden scheme, to an invalid URL, without a URL or in a circle fails with its fault."""
    with pytest.raises(FetchError) as caught:
        await build_fetcher(redirect({"http://a.example/": (302, location)})).get(build_request("http://a.example/"))
    assert caught.value.fault is fault


async def test_feed_headers_go_to_own_origin_alone() -> None:
    """The headers of a feed go to its own origin alone, and a user name in a redirect is dropped."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers.get("x-key"), request.headers.get("authorization")))
        is_own_origin = request.url.host == "a.example"
        return (
            httpx.Response(302, headers={"location": "http://me:pw@b.example/"})
            if is_own_origin
            else httpx.Response(200)
        )

    request = build_request("http://a.example/", origin_headers={"x-key": "k"}, origin_url="http://a.example/")
    await build_fetcher(answer).get(request)
    assert seen == [("a.example", "k", None), ("b.example", None, None)]


async def stream(body: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


RAW_DEFLATE = zlib.compressobj(wbits=-15)
TEXT = b"The ferry left late. " * 500


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT[:99], mtime=0) + gzip.compress(TEXT[99:], mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("Deflate", RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()),
    ],
)
async def test_codings(coding: str, packed: bytes) -> None:
    """Each content coding is unpacked, in large pieces and byte by byte."""
    assert await read_body(stream(packed), coding, 20_000) == TEXT
    assert await read_body(stream(packed, 1), coding, 20_000) == TEXT


@pytest.mark.parametrize(
    ("coding", "packed", "fault"),
    [
        ("gzip", gzip.compress(b"\0" * 50_000_000, mtime=0), FetchFault.TOO_LARGE),
        ("", b"x" * 20_001, FetchFault.TOO_LARGE),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9], FetchFault.TRUNCATED),
        ("gzip", b"<rss>not packed at all</rss>", FetchFault.BAD_RESPONSE),
        ("br", TEXT, FetchFault.BAD_RESPONSE),
    ],
)
async def test_bad_bodies(coding: str, packed: bytes, fault: FetchFault) -> None:
    """A zip bomb, a truncated body and a wrong content coding each fail with their fault."""
    with pytest.raises(FetchError) as caught:
        await read_body(stream(packed), coding, 20_000)
    assert caught.value.fault is fault


async def test_one_at_a_time_with_pauses() -> None:
    """A host gets one request at a time, with the pause or its crawl delay between two; others do not wait."""
    now, slept, busy = 0.0, [], 0

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    hosts = HostThrottle(1.0, clock=lambda: now, sleep=sleep)

    async def use(name: str, delay: float = 0.0) -> None:
        nonlocal busy
        async with hosts.slot(name, delay=delay):
            busy += name == "a.example"
            assert busy <= 1
            await asyncio.sleep(0)
            busy -= name == "a.example"

    await asyncio.gather(use("a.example", 5.0), use("A.example"), use("a.example", 900.0), use("b.example"))
    await use("a.example")
    assert slept == [5.0, 1.0, 60.0]


@pytest.mark.parametrize(
    ("status", "text", "allowed"),
    [
        (200, "User-agent: *\nDisallow: /", False),
        (200, "User-agent: *\nDisallow: /\nUser-agent: copydesk\nAllow: /", True),
        (200, "User-agent: *\nDisallow: /*.pdf$\nDisallow: /news/\nAllow: /news/a", True),
        (404, "", True),
        (403, "", True),
        (503, "", False),
        (429, "", False),
    ],
)
async def test_robots(status: int, text: str, allowed: bool) -> None:
    """robots.txt is read as RFC 9309 says: without one everything is allowed, and after a server error nothing is."""
    requested = []

    def answer(request: httpx.Request) -> httpx.Response:
        requested.append(str(request.url))
        return httpx.Response(status, text=text)

    robots = RobotsChecker(build_fetcher(answer), product="Copydesk")
    for _ in range(2):
        if allowed:
            await robots.check("https://a.example:8443/news/a?x=1")
        else:
            with pytest.raises(FetchError) as caught:
                await robots.check("https://a.example:8443/news/a?x=1")
            assert caught.value.fault is FetchFault.ROBOTS
    assert requested == ["https://a.example:8443/robots.txt"]


async def test_crawl_delay() -> None:
    """The check returns the crawl delay for our product token."""
    robots = RobotsChecker(
        build_fetcher(lambda _: httpx.Response(200, text="User-agent: Copydesk\nCrawl-delay: 7")), product="Copydesk"
    )
    assert await robots.check("http://a.example/") == 7.0
