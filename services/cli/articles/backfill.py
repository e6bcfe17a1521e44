"""`copydesk send` of any number of files: it continues after a stop, shows the expected end, and writes a report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import to_json

from services.cli.articles.reading import ArticleFiles
from services.cli.articles.send import SendReport, send
from services.cli.console.eta import EtaLines
from services.cli.console.progress import print_error, print_status
from services.errors import ConfigurationError
from services.ingest.entries import Entry, UnreadableEntry
from services.ingest.journal import Journal
from services.outcomes import Outcome

MEBIBYTE = 2**20


async def send_files(
    url: str,
    paths: Sequence[Path],
    *,
    api_key: str | None,
    rate: float | None,
    journal: Path | None,
    report_file: Path | None,
) -> SendReport:
    """Send all articles of the files, and return the outcomes, those of earlier runs with the same journal included.

    Each rejected article is printed at once. Raises as `send` does, and ConfigurationError for a file that cannot be
    read or written: a later call with the same journal continues.
    """
    notes = Journal(journal) if journal is not None else None
    files = ArticleFiles(paths, notes)
    report = SendReport(is_large=True)
    if notes is not None and notes.outcomes:
        report.outcomes.update(notes.outcomes)
        print_status(f"continuing: {_count(report):,} articles have outcomes")
    lines = EtaLines("sending, MiB", _to_mebibytes(files.total_bytes), print_status)
    lines.update(0)
    started, began, printed, before = datetime.now(UTC), time.monotonic(), 0, _count(report)

    def note(sent: Sequence[Entry | UnreadableEntry], so_far: SendReport) -> None:
        nonlocal printed
        files.note(sent, so_far.outcomes)
        for line in so_far.errors[printed:]:
            print_error(f"rejected: {line}")
        printed = len(so_far.errors)
        rejected = so_far.outcomes[Outcome.REJECTED]
        lines.update(files.bytes_read // MEBIBYTE, note=f"{_count(so_far):,} articles, {rejected:,} rejected")

    await send(url, files.read(), api_key=api_key, rate=rate, on_sent=note, report=report)
    files.finish(report.outcomes)
    if report_file is not None:
        seconds = time.monotonic() - began
        _write_report(report_file, files, report, started, seconds, _count(report) - before)
    return report


def _write_report(
    path: Path, files: ArticleFiles, report: SendReport, started: datetime, seconds: float, sent_now: int
) -> None:
    described = {
        "started_at": started,
        "seconds": round(seconds, 1),
        "articles_per_second": round(sent_now / max(seconds, 1e-9), 1),
        "files": len(files.paths),
        "bytes": files.total_bytes,
        "outcomes": report.outcomes,
        "rejected_by_reason": report.reasons,
        "errors": report.errors,
    }
    try:
        path.write_bytes(to_json(described, indent=2) + b"\n")
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror or error}") from error


def _count(report: SendReport) -> int:
    return sum(report.outcomes.values())


def _to_mebibytes(size: int | None) -> int | None:
    return None if size is None else max(1, size // MEBIBYTE)
