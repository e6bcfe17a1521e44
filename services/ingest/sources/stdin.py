"""Standard input as a source: JSON Lines as they arrive, or the whole input as one article."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Literal

from services.ingest.entries import Entry, UnreadableEntry, read_entries, read_line
from services.ingest.intake import Intake, build_item
from services.outcomes import Reason

VIA = "stdin"
WINDOW = 64
"""Maximum number of lines that are published together. It is fewer if the pipe is empty."""
READ_BYTES = 65_536
QUEUE_LENGTH = 64
"""Maximum number of reads that wait to be published: 4 MiB. Above it the pipe fills up, and its writer waits."""


class StdinSource:
    """Source that reads a file descriptor to its end."""

    def __init__(
        self, intake: Intake, *, input_format: Literal["jsonl", "text"], max_bytes: int, descriptor: int = 0
    ) -> None:
        self._intake = intake
        self._input_format = input_format
        self._max_bytes = max_bytes
        self._descriptor = descriptor

    async def run(self) -> None:
        """Read to the end of the input, and return when every article is published or rejected."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_LENGTH)
        _start_reading(self._descriptor, queue)
        if self._input_format == "text":
            await self._ingest([await self._read_text(queue)])
            return
        window: list[Entry | UnreadableEntry] = []
        position = 0
        async for line in _split_lines(queue, self._max_bytes):
            position += 1
            if line is None:
                message = f"the line is longer than {self._max_bytes} bytes"
                window.append(UnreadableEntry(Reason.TOO_LARGE, message, position))
            elif line.strip():
                window.append(read_line(line, position))
            if len(window) >= WINDOW or (window and queue.empty()):
                await self._ingest(window)
                window = []
        await self._ingest(window)

    async def _ingest(self, entries: list[Entry | UnreadableEntry]) -> None:
        if entries:
            await self._intake.ingest_with_retries([build_item(entry) for entry in entries], via=VIA)

    async def _read_text(self, queue: asyncio.Queue[bytes | None]) -> Entry | UnreadableEntry:
        content = bytearray()
        while (chunk := await queue.get()) is not None:
            content += chunk[: self._max_bytes + 1 - len(content)]
        if len(content) > self._max_bytes:
            return UnreadableEntry(Reason.TOO_LARGE, f"the input is longer than {self._max_bytes} bytes")
        return next(read_entries(bytes(content), "-.txt"))


def _start_reading(descriptor: int, queue: asyncio.Queue[bytes | None]) -> None:
    """Start a daemon thread that reads.

    The event loop cannot poll a regular file, and a blocked read must not delay the end of the process.
    """
    loop = asyncio.get_running_loop()

    def read() -> None:
        # RuntimeError: the loop was closed during the read.
        with suppress(RuntimeError, OSError):
            while chunk := os.read(descriptor, READ_BYTES):
                asyncio.run_coroutine_threadsafe(queue.put(chunk), loop).result()
        with suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(queue.put(None), loop).result()

    threading.Thread(target=read, name="stdin", daemon=True).start()


async def _split_lines(queue: asyncio.Queue[bytes | None], longest: int) -> AsyncIterator[bytes | None]:
    """Yield the lines without their line feeds, and None for each line that is too long.

    The last line needs no line feed.
    """
    rest, is_too_long = bytearray(), False
    while (chunk := await queue.get()) is not None:
        *lines, tail = chunk.split(b"\n")
        for line in lines:
            rest += line
            yield None if is_too_long or len(rest) > longest else bytes(rest)
            rest, is_too_long = bytearray(), False
        rest += tail
        if len(rest) > longest:
            rest, is_too_long = bytearray(), True
    if rest or is_too_long:
        yield None if is_too_long else bytes(rest)
