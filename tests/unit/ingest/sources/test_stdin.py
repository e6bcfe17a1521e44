"""Tests of standard input as a source."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.raw import RawArticle
from services.ingest.intake import Intake
from services.ingest.sources.stdin import StdinSource, _split_lines
from services.runtime.service.metrics import Metrics
from tests.support.fake_publisher import FakePublisher


def read_contents(publisher: FakePublisher) -> list[str]:
    return [RawArticle.model_validate_json(record.value).content for record in publisher.published]


async def test_lines_are_published_as_they_arrive(intake: Intake, publisher: FakePublisher) -> None:
    """Each line is published while the pipe is open, and a bad line does not affect the others."""
    reader, writer = os.pipe()
    task = asyncio.create_task(StdinSource(intake, input_format="jsonl", max_bytes=1_000, descriptor=reader).run())
    os.write(writer, b'{"content": "first"}\n\n{oops\n{"content": "sec')
    async with asyncio.timeout(5):
        while not publisher.published:
            await asyncio.sleep(0.005)
    os.write(writer, b'ond"}\n{"text": "last"}')
    os.close(writer)
    await asyncio.wait_for(task, 5)
    os.close(reader)
    assert read_contents(publisher) == ["first", "second", "last"]


async def test_regular_file_is_read(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """A regular file as standard input, which cannot be polled, is read like a pipe."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(b'{"content": "%d"}\n' % number for number in range(200)))
    with path.open("rb") as file:
        await StdinSource(intake, input_format="jsonl", max_bytes=1_000, descriptor=file.fileno()).run()
    assert read_contents(publisher) == [str(number) for number in range(200)]


async def test_text_is_one_article(tmp_path: Path, intake: Intake, publisher: FakePublisher) -> None:
    """The whole input is one article in the text format, even if its lines look like JSON."""
    (tmp_path / "a").write_bytes(b'{"content": "x"}\nsecond line\n')
    with (tmp_path / "a").open("rb") as file:
        await StdinSource(intake, input_format="text", max_bytes=1_000, descriptor=file.fileno()).run()
    assert read_contents(publisher) == ['{"content": "x"}\nsecond line\n']


@pytest.mark.parametrize("form", ["jsonl", "text"])
async def test_too_long_is_rejected(
    tmp_path: Path, intake: Intake, publisher: FakePublisher, metrics: Metrics, form: str
) -> None:
    """A line or a text above the limit is rejected."""
    (tmp_path / "a").write_bytes(b"x" * 200_000)
    with (tmp_path / "a").open("rb") as file:
        source = StdinSource(
            intake, input_format="jsonl" if form == "jsonl" else "text", max_bytes=1_000, descriptor=file.fileno()
        )
        await source.run()
    assert not publisher.published
    assert metrics.registry.get_sample_value("copydesk_rejections_total", {"reason": "too_large"}) == 1


@given(st.lists(st.binary(min_size=1, max_size=8)), st.integers(1, 10))
async def test_lines_do_not_depend_on_reads(chunks: list[bytes], longest: int) -> None:
    """The lines do not depend on how the input is cut into reads, and lines that are too long are None."""
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    for chunk in [*chunks, None]:
        queue.put_nowait(chunk)
    lines = [line async for line in _split_lines(queue, longest)]
    whole = b"".join(chunks).split(b"\n")
    assert lines == [line if len(line) <= longest else None for line in (whole if whole[-1] else whole[:-1])]
