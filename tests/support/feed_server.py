"""A web server on loopback that answers what a test asks for, byte by byte where that matters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

Headers = dict[str, str]


@dataclass
class Page:
    """The answer at a path."""

    body: bytes = b""
    status: int = 200
    headers: Headers = field(default_factory=lambda: {"content-type": "application/rss+xml"})
    etag: str | None = None
    """Validator of the answer. A request that has it is answered with 304."""
    pause: float = 0.0
    """Seconds between two pieces of the body."""
    cut: int | None = None
    """Number of bytes of the body after which the connection is closed."""


class FeedServer:
    """Server of `pages` by path that stores the requests."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[tuple[str, Headers]] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Stop listening and close the connections."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str) -> str:
        """Return the URL of a path of this server."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{path}"

    def count(self, path: str) -> int:
        """Return how often a path was requested."""
        return sum(requested == path for requested, _ in self.requests)

    async def wait_requested(self, path: str, times: int, within: float = 30) -> None:
        """Wait until a path was requested a number of times."""
        await wait_until(lambda: self.count(path) >= times, within)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            headers = {name.lower(): value for line in head[1:] if line for name, _, value in [line.partition(": ")]}
            self.requests.append((path, headers))
            await self._answer(writer, self.pages.get(path, Page(b"nothing here", 404)), headers)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, page: Page, request_headers: Headers) -> None:
        headers = dict(page.headers)
        status, body = page.status, page.body
        if page.etag:
            headers["etag"] = page.etag
            if request_headers.get("if-none-match") == page.etag:
                status, body = 304, b""
        headers.setdefault("content-length", str(len(body)))
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        writer.write("\r\n".join(lines).encode("latin-1"))
        for start in range(0, len(body[: page.cut]), 65_536 if not page.pause else 64):
            writer.write(body[: page.cut][start : start + (65_536 if not page.pause else 64)])
            await writer.drain()
            if page.pause:
                await asyncio.sleep(page.pause)
        await writer.drain()


async def wait_until(condition: Callable[[], bool], within: float = 30) -> None:
    """Check a condition repeatedly; fail when the time is over."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


def build_rss(items: str, *, title: str = "The Harbour Post", declaration: str = '<?xml version="1.0"?>') -> str:
    """Build an RSS 2.0 document around items."""
    return (
        f'{declaration}\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>{title}</title><link>https://post.example/</link>'
        f"<language>en-gb</language>{items}</channel></rss>"
    )


def build_item(run: str, number: int, *, url: str | None = None) -> str:
    """Build an item as a newspaper's system writes it."""
    link = url or f"https://post.example/{run}/{number}?utm_source=rss"
    return (
        f"<item><title>Ferry {number} of {run} &amp;amp; its harbour</title><link>{link}</link>"
        f'<guid isPermaLink="false">{run}-{number}</guid><dc:creator>Ada Lund</dc:creator>'
        f"<category>Harbour</category><category>Transport</category>"
        f"<pubDate>Tue, 24 Nov 2026 {number % 24:02d}:15:00 +0100</pubDate>"
        f"<description>In short {number}.</description>"
        f"<content:encoded><![CDATA[<p>The ferry number {number} of {run} left late on Monday.</p>]]></content:encoded>"
        "</item>"
    )


def build_feed(run: str, numbers: range, **options: str) -> bytes:
    """Build a feed with the newest item first."""
    return build_rss("".join(build_item(run, number) for number in reversed(numbers)), **options).encode()
