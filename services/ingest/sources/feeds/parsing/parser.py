"""The service's side of the parser's process: started when needed, killed when it hangs, one document at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from typing import Protocol

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.models import ParsedFeed
from services.ingest.sources.feeds.parsing.worker import LENGTH, Result, Task
from services.outcomes import FetchFault

MODULE = "services.ingest.sources.feeds.parsing.worker"
BUFFER_BYTES = 1_048_576


class Parser(Protocol):
    """Turns documents into feeds."""

    async def parse(self, body: bytes, *, url: str, content_type: str) -> ParsedFeed:
        """The feed. Raises FetchError (not_a_feed, truncated, parser_failed)."""
        ...


class ProcessParser:
    """See Parser. A document that takes too long or too much memory costs its process, which the next one replaces."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = asyncio.Lock()
        self._process: Process | None = None

    async def parse(self, body: bytes, *, url: str, content_type: str) -> ParsedFeed:
        """See Parser."""
        frame = Task(url=url, content_type=content_type).model_dump_json().encode() + b"\n" + body
        async with self._lock:
            try:
                async with asyncio.timeout(self._timeout):
                    answer = await self._exchange(frame)
            except TimeoutError as error:
                await self._end()
                message = f"not parsed within {self._timeout:g} s"
                raise FetchError(FetchFault.PARSER_FAILED, message) from error
            except (OSError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise FetchError(FetchFault.PARSER_FAILED, f"the parser died: {error}") from error
            except BaseException:
                # Its answer would be taken for that of the next one.
                await self._end()
                raise
        result = Result.model_validate_json(answer)
        if result.feed is None:
            raise FetchError(result.fault or FetchFault.PARSER_FAILED, result.message)
        return result.feed

    async def close(self) -> None:
        """End the process."""
        async with self._lock:
            await self._end()

    async def _exchange(self, frame: bytes) -> bytes:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", MODULE, str(os.getpid()), stdin=PIPE, stdout=PIPE, limit=BUFFER_BYTES,
                start_new_session=True,
            )  # fmt: skip
        writer, reader = self._process.stdin, self._process.stdout
        assert writer is not None
        assert reader is not None
        writer.write(LENGTH.pack(len(frame)) + frame)
        await writer.drain()
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        return await reader.readexactly(length)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # Drains the pipes too, without which their transports stay open.
        with contextlib.suppress(OSError):
            await process.communicate()
