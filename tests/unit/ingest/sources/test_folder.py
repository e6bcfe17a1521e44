"""Tests of the watched folder."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.contracts.raw import RawArticle
from services.errors import ConfigurationError
from services.ingest.intake import Intake
from services.ingest.sources.folder import FolderSource
from tests.support.fake_publisher import FakePublisher
from tests.support.warc_files import build_page, build_warc

WITHIN = 5.0
"""Seconds to wait for a result. The folder is scanned every 0.01 s."""


@asynccontextmanager
async def watch(
    folder: Path, intake: Intake, *, interval: float = 0.01, max_file_bytes: int = 10_000, rate: float | None = None
) -> AsyncIterator[None]:
    source = FolderSource(folder, intake, interval=interval, max_file_bytes=max_file_bytes, rate=rate)
    task = asyncio.create_task(source.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0.005)


async def test_published_files_are_moved(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """A published file is moved to done/, and its article has the modification time of the file."""
    (tmp_path / "a.txt").write_text("An article.")
    os.utime(tmp_path / "a.txt", (1_767_225_600, 1_767_225_600))
    async with watch(tmp_path, intake):
        await until((tmp_path / "done" / "a.txt").exists)
    [record] = publisher.published
    article = RawArticle.model_validate_json(record.value)
    assert article.fetched_at is not None
    assert article.fetched_at.isoformat() == "2026-01-01T00:00:00+00:00"
    assert not (tmp_path / "a.txt").exists()


async def test_rejected_files_say_why(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """A file with a bad line is moved to rejected/ with its reasons, and the good lines are published."""
    (tmp_path / "b.jsonl").write_text('{"text": "good"}\n{oops\n{"text": "x", "link": "javascript:x"}\n')
    async with watch(tmp_path, intake):
        await until((tmp_path / "rejected" / "b.jsonl").exists)
    lines = (tmp_path / "rejected" / "b.jsonl.reason").read_text().splitlines()
    assert [line.split(": ")[:2] for line in lines] == [["2", "invalid_json"], ["3", "invalid_article"]]
    assert "url: must be an http or https URL" in lines[1]
    assert len(publisher.published) == 1


async def test_too_large_file_is_rejected(tmp_path: Path, intake: Intake) -> None:
    """A file above the limit is rejected and not read."""
    (tmp_path / "c.txt").write_text("x" * 11)
    async with watch(tmp_path, intake, max_file_bytes=10):
        await until((tmp_path / "rejected" / "c.txt").exists)
    assert "too_large" in (tmp_path / "rejected" / "c.txt.reason").read_text()


async def test_growing_file_is_published_when_complete(
    tmp_path: Path, intake: Intake, publisher: FakePublisher
) -> None:
    """A file that is still being written is published once, when it is complete."""
    path = tmp_path / "d.txt"
    async with watch(tmp_path, intake, interval=0.1):
        with path.open("w") as file:
            for number in range(30):
                file.write(f"paragraph {number}\n\n")
                file.flush()
                await asyncio.sleep(0.004)
        await until((tmp_path / "done" / "d.txt").exists)
    contents = [RawArticle.model_validate_json(record.value).content for record in publisher.published]
    assert "paragraph 29" in contents[-1]


async def test_other_files_are_not_moved(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """Hidden files, folders and files of other kinds stay where they are."""
    for name in (".hidden.txt", "e.pdf", "e.txt.part"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "e.txt").write_text("x")
    async with watch(tmp_path, intake):
        await until((tmp_path / "done" / "e.txt").exists)
    assert {path.name for path in tmp_path.iterdir()} == {
        ".hidden.txt", "e.pdf", "e.txt.part", "folder.txt", "done", "rejected",
    }  # fmt: skip
    assert len(publisher.published) == 1


async def test_same_name_overwrites_nothing(tmp_path: Path, intake: Intake) -> None:
    """A second file with the same name gets a number in done/."""
    async with watch(tmp_path, intake):
        for content, target in (("first", "f.txt"), ("second", "f-1.txt")):
            (tmp_path / "f.txt").write_text(content)
            await until((tmp_path / "done" / target).exists)
    assert (tmp_path / "done" / "f.txt").read_text() == "first"


async def test_file_that_cannot_be_moved_is_published_once(
    tmp_path: Path, intake: Intake, publisher: FakePublisher
) -> None:
    """A file that cannot be moved is published once, and other files do not wait for it."""
    with capture_logs() as logs:
        async with watch(tmp_path, intake):
            await until((tmp_path / "rejected").exists)
            (tmp_path / "done").rmdir()
            (tmp_path / "done").touch()
            (tmp_path / "h.txt").write_text("stuck")
            await until(lambda: any(line["event"] == "file_failed" for line in logs))
            (tmp_path / "bad.jsonl").write_text("{oops")
            await until((tmp_path / "rejected" / "bad.jsonl").exists)
    assert len(publisher.published) == 1
    assert (tmp_path / "h.txt").exists()


async def test_impossible_folder_is_a_configuration_error(tmp_path: Path, intake: Intake) -> None:
    """The error for a folder that cannot be created names the folder."""
    (tmp_path / "file").touch()
    source = FolderSource(tmp_path / "file" / "in", intake, interval=0.01, max_file_bytes=10)
    with pytest.raises(ConfigurationError, match="file/in"):
        await source.run()


async def test_interrupted_file_is_published_again(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """A file that was not acknowledged before the end stays, and is published later under the same id."""
    publisher.is_available = False
    (tmp_path / "g.txt").write_text("An article.")
    async with watch(tmp_path, intake):
        await until(lambda: publisher.failing_calls < 0)
    assert (tmp_path / "g.txt").exists()
    publisher.is_available, publisher.failing_calls = True, 0
    for _ in range(2):
        async with watch(tmp_path, intake):
            await until((tmp_path / "done" / "g.txt").exists)
        (tmp_path / "done" / "g.txt").replace(tmp_path / "g.txt")
    assert len(set(publisher.published)) == 1


async def test_crawls_and_compressed_files_are_read(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """A WARC file and a compressed file of any size are published article by article."""
    (tmp_path / "a.warc.gz").write_bytes(build_warc([build_page(number) for number in range(70)]))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "one"}\n' * 3_000 + b'{"text": "two"}\n'))
    async with watch(tmp_path, intake, max_file_bytes=2_000):
        await until((tmp_path / "done" / "a.warc.gz").exists)
        await until((tmp_path / "done" / "b.jsonl.gz").exists)
    assert len(publisher.published) == 70 + 3_001
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


async def test_a_restart_continues_a_large_file(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """Articles published before a stop are not published again, and the note has the reasons of all rejections."""
    lines = [b'{"text": "article %d"}' % number for number in range(1_000)]
    lines[3] = lines[900] = b"{oops"
    (tmp_path / "big.jsonl").write_bytes(b"\n".join(lines))
    for _ in range(3):
        before = len(publisher.published)
        async with watch(tmp_path, intake, max_file_bytes=10**6, rate=2_000):
            await until(lambda before=before: len(publisher.published) >= before + 150)  # type: ignore[misc]
    async with watch(tmp_path, intake, max_file_bytes=10**6):
        await until((tmp_path / "rejected" / "big.jsonl").exists)
    assert 998 <= len(publisher.published) <= 998 + 3 * 64
    assert len({record.value for record in publisher.published}) == 998
    reasons = (tmp_path / "rejected" / "big.jsonl.reason").read_text().splitlines()
    assert [line.partition(":")[0] for line in reasons] == ["4", "901"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


async def test_notes_about_another_file_are_ignored(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """A file that was replaced since the stop, and a note that is damaged, begin again."""
    (tmp_path / ".a.jsonl.journal").write_text('{"file":"a.jsonl","size":1,"modified_ns":1,"done":1}\n')
    (tmp_path / ".b.jsonl.journal").write_text("damaged\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    async with watch(tmp_path, intake):
        await until((tmp_path / "done" / "a.jsonl").exists)
        await until((tmp_path / "done" / "b.jsonl").exists)
    assert len(publisher.published) == 4
