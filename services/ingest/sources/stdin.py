"""Standard input as a source: JSON Lines as they come, or all of it as one article."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Literal

from services.ingest.entries import Entry, UnreadableEntry, read_entries, read_line
from services.ingest.intake import Intake
from services.ingest.sources.folder import to_item
from services.outcomes import Reason

VIA = "stdin"
WINDOW = 64
"""Lines published together at most; less as soon as the pipe is empty."""
READ_BYTES = 65_536
QUEUE_LENGTH = 64
"""Reads that wait: 4 MiB, after which the pipe fills up and its writer waits."""


class StdinSource:
    """Takes what comes on a file descriptor, until its end."""

    def __init__(self, intake: Intake, *, form: Literal["jsonl", "text"], max_bytes: int, descriptor: int = 0) -> None:
        self._intake = intake
        self._form = form
        self._max_bytes = max_bytes
        self._descriptor = descriptor

    async def run(self) -> None:
        """Until the end of the input, when all that came is published or rejected."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_LENGTH)
        _start_reading(self._descriptor, queue)
        if self._form == "text":
            await self._take([await self._read_text(queue)])
            return
        window: list[Entry | UnreadableEntry] = []
        position = 0
        async for line in _split(queue, self._max_bytes):
            position += 1
            if line is None:
                window.append(
                    UnreadableEntry(Reason.TOO_LARGE, f"a line has at most {self._max_bytes} bytes", position)
                )
            elif line.strip():
                window.append(read_line(line, position))
            if len(window) >= WINDOW or (window and queue.empty()):
                await self._take(window)
                window = []
        await self._take(window)

    async def _take(self, entries: list[Entry | UnreadableEntry]) -> None:
        if entries:
            await self._intake.take_until_settled([to_item(entry) for entry in entries], via=VIA)

    async def _read_text(self, queue: asyncio.Queue[bytes | None]) -> Entry | UnreadableEntry:
        content = bytearray()
        while (chunk := await queue.get()) is not None:
            content += chunk[: self._max_bytes + 1 - len(content)]
        if len(content) > self._max_bytes:
            return UnreadableEntry(Reason.TOO_LARGE, f"an article has at most {self._max_bytes} bytes")
        return next(read_entries(bytes(content), "-.txt"))


def _start_reading(descriptor: int, queue: asyncio.Queue[bytes | None]) -> None:
    """Read in a daemon thread: a regular file cannot be polled, and a blocked read must not hold up the end."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        # RuntimeError: the loop was closed while the read waited.
        with suppress(RuntimeError, OSError):
            while chunk := os.read(descriptor, READ_BYTES):
                asyncio.run_coroutine_threadsafe(queue.put(chunk), loop).result()
        with suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(queue.put(None), loop).result()

    threading.Thread(target=read, name="stdin", daemon=True).start()


async def _split(queue: asyncio.Queue[bytes | None], longest: int) -> AsyncIterator[bytes | None]:
    """The lines, the last one with or without its end; None in place of one that is too long."""
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
