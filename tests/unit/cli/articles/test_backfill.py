"""`copydesk send` of many files: it continues after a kill, shows progress, and writes a report."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from services.cli.articles.backfill import send_files
from services.cli.articles.reading import ArticleFiles
from services.cli.articles.send import BATCH
from services.errors import ConfigurationError
from services.ingest.entries import Entry
from services.ingest.journal import Journal
from tests.support.kills import KILLS
from tests.support.warc_files import build_page, build_warc
from tests.unit.cli.articles.test_send import accept, serve_api


def write_files(folder: Path) -> int:
    """Write files in the layout of a crawl; return the number of articles."""
    for month in ("2026/02", "2026/03"):
        (folder / month).mkdir(parents=True)
    for number in range(6):
        month = "2026/02" if number < 3 else "2026/03"
        pages = [build_page(1_000 * number + page) for page in range(50)]
        (folder / month / f"CC-NEWS-{number}.warc.gz").write_bytes(build_warc(pages))
    (folder / "2026/03/lines.jsonl").write_text("".join(f'{{"content": "line {n}"}}\n' for n in range(100)))
    (folder / "2026/03/readme.pdf").write_text("no article")
    return 400


async def test_a_folder_is_sent_in_order_with_a_report(tmp_path: Path) -> None:
    """All files below a folder are sent in the order of their names, and the report has the sums and the reasons."""
    count = write_files(tmp_path / "crawl")
    (tmp_path / "bad.jsonl").write_text("{oops}\n")
    async with serve_api([accept]) as (url, received):
        report = await send_files(
            url, [tmp_path / "crawl", tmp_path / "bad.jsonl"], api_key=None, rate=None,
            journal=None, report_file=tmp_path / "report.json",
        )  # fmt: skip
    sent = [str(article["url"]) for batch in received for article in batch if "url" in article]  # type: ignore[index,operator]
    assert sent == [f"http://news.example/{1_000 * number + page}" for number in range(6) for page in range(50)]
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["outcomes"] == {"published": count, "rejected": 1} == report.outcomes
    assert (written["files"], written["rejected_by_reason"]) == (8, {"invalid_json": 1})
    assert "bad.jsonl:1: invalid_json" in written["errors"][0] and report.ids == []


async def test_kills_send_no_request_twice(tmp_path: Path) -> None:
    """After kills, everything is sent, and what is sent twice is at most one request for each kill."""
    count = write_files(tmp_path / "crawl")
    journal, rng = tmp_path / "journal", random.Random(3)
    command = [sys.executable, "-m", "services.cli", "send", str(tmp_path / "crawl"), "--journal", str(journal)]
    async with serve_api([accept]) as (url, received):
        for _ in range(2 * KILLS):
            before, wanted = len(received), rng.randint(1, 3)
            process = await asyncio.create_subprocess_exec(
                *command, "--url", url, "--rate", "200", env=dict(os.environ)
            )
            while len(received) < before + wanted and process.returncode is None:
                await asyncio.sleep(0.01)
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
            await process.wait()
        last = await asyncio.create_subprocess_exec(*command, "--url", url, stdout=asyncio.subprocess.PIPE)
        output, _ = await last.communicate()
        assert json.loads(output) == {"published": count}
        done = len(received)
        again = await asyncio.create_subprocess_exec(*command, "--url", url)
        assert await again.wait() == 0 and len(received) == done
    times = Counter(json.dumps(article, sort_keys=True) for batch in received for article in batch)
    assert len(times) == count
    assert sum(times.values()) - count <= 2 * KILLS * BATCH


def test_done_files_are_not_opened_again(tmp_path: Path) -> None:
    """A journal names the files that are complete; a changed file and a new one are read."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text('{"content": "one"}\n{"content": "two"}\n')
    journal = tmp_path / "journal"
    files = ArticleFiles([tmp_path], Journal(journal))
    entries = list(files.read())
    files.note(entries[:3], {"published": 3})
    left = list(ArticleFiles([tmp_path], Journal(journal)).read())
    assert [(Path(e.file).name, e.position) for e in left if isinstance(e, Entry)] == [("b.jsonl", 2)]  # type: ignore[attr-defined]
    files.note(entries[3:], {"published": 4})
    files.finish({"published": 4})
    (tmp_path / "a.jsonl").unlink()
    (tmp_path / "a.jsonl").write_text('{"content": "three"}\n')
    again = ArticleFiles([tmp_path], Journal(journal))
    assert len(list(again.read())) == 1
    assert again.bytes_read == again.total_bytes


def test_what_cannot_be_continued_is_refused(tmp_path: Path) -> None:
    """Standard input with a journal, and a folder without articles, are errors that say what to do."""
    with pytest.raises(ConfigurationError, match="give files"):
        ArticleFiles([Path("-")], Journal(tmp_path / "journal"))
    with pytest.raises(ConfigurationError, match="no files with articles"):
        ArticleFiles([tmp_path])


def test_standard_input_is_sent_without_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles of standard input can have outcomes although no journal can note them."""
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b'{"content": "A bridge was opened."}')))
    files = ArticleFiles([Path("-")])
    files.note(list(files.read()), {"published": 1})
    files.finish({"published": 1})
    assert files.bytes_read == 0
