"""Watched folder: a complete file is published, and moved when every article in it has an outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from services.errors import ConfigurationError, CopydeskError, PermanentError
from services.ingest.files import has_articles
from services.ingest.intake import Intake, build_item
from services.ingest.sources.folder_file import FolderFile, remove_notes
from services.outcomes import Reason

VIA = "folder"
WINDOW = 64
"""Maximum number of articles that are published together. A crash repeats at most this many, under the same ids."""
WINDOW_SECONDS = 0.25
"""Maximum number of seconds between two windows at a given rate, so that articles arrive evenly."""
PROGRESS_SECONDS = 30.0
"""Seconds between two log lines about the progress of a large file."""
DONE = "done"
REJECTED = "rejected"
MAX_COPIES = 10**6
"""Maximum number of files with the same name in a folder; each gets a number of its own."""

FileState = tuple[int, int, int]
"""State of a file: inode, size and modification time, which change while the file is being written or replaced."""

logger = structlog.get_logger()


class FolderSource:
    """Source that publishes the files of one folder. Several processes must not share a folder."""

    def __init__(
        self, folder: Path, intake: Intake, *, interval: float, max_file_bytes: int, rate: float | None = None
    ) -> None:
        """Build the source; `rate` is the maximum number of articles a second, None for no limit."""
        self._rate = rate
        self._folder = folder
        self._intake = intake
        self._interval = interval
        self._max_file_bytes = max_file_bytes
        self._seen: dict[Path, FileState] = {}
        self._stuck: dict[Path, FileState] = {}
        """Files that could not be read or moved. Without this they would be published again after every scan."""

    async def run(self) -> None:
        """Scan the folder until cancelled. The next start continues a file that was not published completely.

        Raises ConfigurationError if the folder cannot be created or read.
        """
        try:
            await asyncio.to_thread(self._prepare)
        except OSError as error:
            raise ConfigurationError(f"cannot use folder {self._folder}: {error.strerror or error}") from error
        while True:
            for path in await asyncio.to_thread(self._find_complete):
                await self._process(path)
            await asyncio.sleep(self._interval)

    def _prepare(self) -> None:
        for name in (DONE, REJECTED):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        next(self._folder.iterdir())

    def _find_complete(self) -> list[Path]:
        """Find the files that did not change since the last scan, the oldest first."""
        now = {path: state for path in self._folder.iterdir() if (state := _read_state(path)) is not None}
        self._stuck = {path: state for path, state in self._stuck.items() if now.get(path) == state}
        complete = [path for path, state in now.items() if self._seen.get(path) == state and path not in self._stuck]
        self._seen = now
        return sorted(complete, key=lambda path: (now[path][2], path.name))

    async def _process(self, path: Path) -> None:
        try:
            reasons = await self._publish(path)
            await asyncio.to_thread(_move_away, path, self._folder, reasons)
        except OSError as error:
            # The file is gone, or we may not read or move it. It stays until it changes, or until the next start.
            self._stuck[path] = self._seen[path]
            logger.error("file_failed", file=path.name, error=error.strerror or str(error))
            return
        logger.info("file_rejected" if reasons else "file_published", file=path.name, rejected=len(reasons))

    async def _publish(self, path: Path) -> list[str]:
        """Publish the entries of a file. Returns one line for each entry that was rejected."""
        work = FolderFile(path, self._max_file_bytes)
        try:
            if await asyncio.to_thread(work.open):
                return await self._publish_entries(work)
            error = PermanentError(f"the file is larger than {self._max_file_bytes} bytes", reason=Reason.TOO_LARGE)
            self._intake.reject_request(error, via=VIA)
            return [_describe(1, error)]
        finally:
            work.close()

    async def _publish_entries(self, work: FolderFile) -> list[str]:
        size = WINDOW if self._rate is None else max(1, min(WINDOW, round(self._rate * WINDOW_SECONDS)))
        began = reported = time.monotonic()
        published = 0
        while window := await asyncio.to_thread(work.read, size):
            results = await self._intake.ingest_with_retries([build_item(entry) for entry in window], via=VIA)
            reasons = [
                _describe(entry.position, result.error)
                for entry, result in zip(window, results, strict=True)
                if result.error is not None
            ]
            await asyncio.to_thread(work.note, len(window), reasons, is_last=len(window) < size)
            published += len(window)
            now = time.monotonic()
            if self._rate is not None:
                await asyncio.sleep(max(0.0, began + published / self._rate - now))
            if now - reported >= PROGRESS_SECONDS:
                reported = now
                self._report_progress(work, now - began)
        return work.reasons

    @staticmethod
    def _report_progress(work: FolderFile, seconds: float) -> None:
        share = work.share_read
        done_now = share - work.share_before
        left = seconds * (1 - share) / done_now if done_now > 0 else None
        ends_at = None if left is None else (datetime.now(UTC) + timedelta(seconds=left)).isoformat(timespec="seconds")
        logger.info(
            "file_progressed",
            file=work.path.name, articles=work.done, rejected=len(work.reasons), progress=round(share, 3),
            ends_at=ends_at,
        )  # fmt: skip


def _read_state(path: Path) -> FileState | None:
    """Return the file state; None for a hidden file, a file with an unsupported suffix, and a file that is gone."""
    if not has_articles(path.name) or path.name.startswith("."):
        return None
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns) if path.is_file() else None


def _move_away(path: Path, folder: Path, reasons: list[str]) -> None:
    """Move the file to done/ or rejected/.

    The reasons are written first, so that a rejected file is never there without them.
    """
    target = _choose_target(folder / (REJECTED if reasons else DONE), path.name)
    if reasons:
        note = target.with_name(f"{target.name}.reason")
        note.write_text("".join(f"{line}\n" for line in reasons), encoding="utf-8")
    path.replace(target)
    remove_notes(path)


def _choose_target(folder: Path, name: str) -> Path:
    """Choose a path that does not exist yet: the name itself, or the name with a number."""
    path = Path(name)
    candidates: Iterator[Path] = (
        folder / (name if number == 0 else f"{path.stem}-{number}{path.suffix}") for number in range(MAX_COPIES)
    )
    return next(candidate for candidate in candidates if not candidate.exists())


def _describe(position: int, error: CopydeskError) -> str:
    return f"{position}: {error.reason}: {error}"
