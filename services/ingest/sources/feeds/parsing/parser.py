"""The service's side of the parser process: started when needed, killed when it hangs, one document at a time."""

from __future__ import annotations

import asyncio
from typing import Protocol

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.models import ParsedFeed
from services.ingest.sources.feeds.parsing.worker import ParseRequest, ParseResult
from services.outcomes import FetchFault
from services.runtime.service.child_process import ChildEndedError, ChildProcess

MODULE = "services.ingest.sources.feeds.parsing.worker"


class Parser(Protocol):
    """The port that turns documents into feeds."""

    async def parse(self, body: bytes, *, url: str, content_type: str) -> ParsedFeed:
        """Return the feed of a document. Raises FetchError (not_a_feed, truncated, parser_failed)."""
        ...


class ProcessParser:
    """A `Parser` in a child process.

    A document that needs too much time or memory costs the process; the next document starts another one.
    """

    def __init__(self, timeout: float) -> None:
        """`timeout` is the time in seconds for one document, the start of the process included."""
        self._timeout = timeout
        self._lock = asyncio.Lock()
        self._child: ChildProcess | None = None

    async def parse(self, body: bytes, *, url: str, content_type: str) -> ParsedFeed:
        """Return the feed of a document. Raises FetchError (not_a_feed, truncated, parser_failed)."""
        payload = ParseRequest(url=url, content_type=content_type).to_frame(body)
        async with self._lock:
            try:
                async with asyncio.timeout(self._timeout):
                    answer = await self._exchange(payload)
            except TimeoutError as error:
                await self._kill()
                message = f"the document was not parsed within {self._timeout:g} s"
                raise FetchError(FetchFault.PARSER_FAILED, message) from error
            except (OSError, ChildEndedError) as error:
                await self._kill()
                raise FetchError(FetchFault.PARSER_FAILED, f"the parser process failed: {error}") from error
            except BaseException:
                # The answer to this document would be mistaken for the answer to the next one.
                await self._kill()
                raise
        result = ParseResult.model_validate_json(answer)
        if result.feed is None:
            raise FetchError(result.fault or FetchFault.PARSER_FAILED, result.message)
        return result.feed

    async def close(self) -> None:
        """End the process."""
        async with self._lock:
            await self._kill()

    async def _exchange(self, payload: bytes) -> bytes:
        if self._child is None:
            self._child = await ChildProcess.start(MODULE)
        await self._child.write(payload)
        return await self._child.read()

    async def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.kill()
