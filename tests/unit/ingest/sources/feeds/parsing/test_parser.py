"""The parser process: a document that costs the process is one failure, and the next document is parsed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.models import ParsedFeed
from services.ingest.sources.feeds.parsing.parser import ProcessParser
from services.outcomes import FetchFault

RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title></channel></rss>'
SECONDS = 60.0
"""Seconds for one document, even on a busy machine."""


async def parse(parser: ProcessParser, body: bytes = RSS) -> ParsedFeed:
    return await parser.parse(body, url="https://post.example/feed.xml", content_type="application/xml")


def get_pid(parser: ProcessParser) -> int:
    assert parser._child is not None
    return parser._child.pid


@pytest.fixture
async def parser() -> AsyncIterator[ProcessParser]:
    parser = ProcessParser(SECONDS)
    assert (await parse(parser)).title == "Post"
    yield parser
    await parser.close()


async def test_documents(parser: ProcessParser) -> None:
    """One process parses all documents, and says why it cannot parse one."""
    pid = get_pid(parser)
    with pytest.raises(FetchError) as caught:
        await parse(parser, b"<html><body>No feed.</body></html>")
    assert caught.value.fault is FetchFault.NOT_A_FEED
    assert (await parse(parser)).title == "Post"
    assert get_pid(parser) == pid


async def test_a_process_that_dies(parser: ProcessParser) -> None:
    """A process that was killed fails one document, and another process parses the next one."""
    pid = get_pid(parser)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(FetchError) as caught:
        await parse(parser)
    assert caught.value.fault is FetchFault.PARSER_FAILED
    assert (await parse(parser)).title == "Post"
    assert get_pid(parser) != pid


async def test_a_process_that_hangs(parser: ProcessParser) -> None:
    """A document that is not parsed in time costs the process, and another process parses the next document."""
    pid = get_pid(parser)
    os.kill(pid, signal.SIGSTOP)
    parser._timeout = 0.2
    with pytest.raises(FetchError, match=r"not parsed within 0\.2 s") as caught:
        await parse(parser)
    assert caught.value.fault is FetchFault.PARSER_FAILED
    parser._timeout = SECONDS
    assert (await parse(parser)).title == "Post"
    assert get_pid(parser) != pid


async def test_a_cancelled_document(parser: ProcessParser) -> None:
    """The answer to a document that was given up is not mistaken for the answer to the next one."""
    pid = get_pid(parser)
    os.kill(pid, signal.SIGSTOP)
    parsing = asyncio.create_task(parse(parser))
    await asyncio.sleep(0.1)
    parsing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parsing
    assert (await parse(parser)).title == "Post"
    assert get_pid(parser) != pid
