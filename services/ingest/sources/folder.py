"""The watched folder: a file is taken when it is complete, and moved when all in it came to an outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import structlog

from services.errors import ConfigurationError, CopydeskError, PermanentError
from services.ingest.entries import SUFFIXES, Entry, UnreadableEntry, read_entries
from services.ingest.intake import Intake, Item
from services.outcomes import Reason

VIA = "folder"
WINDOW = 64
"""Articles published together; a crash repeats no more than what the file holds, under the same ids."""
DONE = "done"
REJECTED = "rejected"

Signature = tuple[int, int, int]
"""Inode, size and modification time: what changes while a file is being written or replaced."""

logger = structlog.get_logger()


class FolderSource:
    """Takes files from one folder; several processes must not share it."""

    def __init__(self, folder: Path, intake: Intake, *, interval: float, max_file_bytes: int) -> None:
        self._folder = folder
        self._intake = intake
        self._interval = interval
        self._max_file_bytes = max_file_bytes
        self._seen: dict[Path, Signature] = {}
        self._stuck: dict[Path, Signature] = {}
        """Files that could not be read or moved: they would come again at every look."""

    async def run(self) -> None:
        """Look into the folder until cancelled. What is being taken then is taken again at the next start.

        Raises ConfigurationError where the folder cannot be made or read.
        """
        try:
            await asyncio.to_thread(self._prepare)
        except OSError as error:
            raise ConfigurationError(f"{self._folder}: {error.strerror or error}") from error
        while True:
            for path in await asyncio.to_thread(self._find_complete):
                await self._take(path)
            await asyncio.sleep(self._interval)

    def _prepare(self) -> None:
        for name in (DONE, REJECTED):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        next(self._folder.iterdir())

    def _find_complete(self) -> list[Path]:
        """Files that did not change since the last look, oldest first."""
        now = {path: signature for path in self._folder.iterdir() if (signature := _sign(path)) is not None}
        self._stuck = {path: signature for path, signature in self._stuck.items() if now.get(path) == signature}
        complete = [
            path for path, signature in now.items() if self._seen.get(path) == signature and path not in self._stuck
        ]
        self._seen = now
        return sorted(complete, key=lambda path: (now[path][2], path.name))

    async def _take(self, path: Path) -> None:
        try:
            reasons = await self._publish(path)
            await asyncio.to_thread(_put_away, path, self._folder, reasons)
        except OSError as error:
            # Gone, or not ours to read or to move: it stays where it is until it changes, or until the next start.
            self._stuck[path] = self._seen[path]
            logger.error("file_stuck", file=path.name, error=error.strerror or str(error))
            return
        logger.info("file_rejected" if reasons else "file_taken", file=path.name, rejected=len(reasons))

    async def _publish(self, path: Path) -> list[str]:
        """Publish what the file holds; returns a line for each entry that is no article."""
        content, fetched_at = await asyncio.to_thread(_read, path, self._max_file_bytes)
        if content is None:
            refusal = PermanentError(f"a file has at most {self._max_file_bytes} bytes", reason=Reason.TOO_LARGE)
            self._intake.refuse(refusal, via=VIA)
            return [_describe(1, refusal)]
        entries = read_entries(content, path.name, fetched_at=fetched_at)
        reasons: list[str] = []
        while window := list(islice(entries, WINDOW)):
            results = await self._intake.take_until_settled([to_item(entry) for entry in window], via=VIA)
            for entry, result in zip(window, results, strict=True):
                if result.error is not None:
                    reasons.append(_describe(entry.position, result.error))
        return reasons


def to_item(entry: Entry | UnreadableEntry) -> Item:
    """What the intake takes."""
    if isinstance(entry, UnreadableEntry):
        return PermanentError(entry.message, reason=entry.reason)
    return entry.fields


def _sign(path: Path) -> Signature | None:
    """None for what is not to be taken: other kinds of files, hidden and unfinished ones."""
    if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
        return None
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns) if path.is_file() else None


def _read(path: Path, longest: int) -> tuple[bytes | None, datetime]:
    """The content, None where it is too long, and when the file was last modified."""
    stat = path.stat()
    content = path.read_bytes() if stat.st_size <= longest else None
    return content, datetime.fromtimestamp(stat.st_mtime, UTC)


def _put_away(path: Path, folder: Path, reasons: list[str]) -> None:
    """Move the file; the reasons are written first, so that a rejected file never lies there without them."""
    target = _choose_target(folder / (REJECTED if reasons else DONE), path.name)
    if reasons:
        note = target.with_name(f"{target.name}.reason")
        note.write_text("".join(f"{line}\n" for line in reasons), encoding="utf-8")
    path.replace(target)


def _choose_target(folder: Path, name: str) -> Path:
    """A name that overwrites nothing."""
    candidates: Iterator[Path] = (
        folder / (name if number == 0 else f"{Path(name).stem}-{number}{Path(name).suffix}") for number in range(10**6)
    )
    return next(candidate for candidate in candidates if not candidate.exists())


def _describe(position: int, error: CopydeskError) -> str:
    return f"{position}: {error.reason}: {error}"
