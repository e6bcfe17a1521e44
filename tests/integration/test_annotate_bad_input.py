"""annotate with bad records, odd articles, and articles that kill its workers or make it fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.contracts import topics
from services.outcomes import Reason, Stage
from services.processor.annotate.settings import AnnotateSettings
from services.runtime.service.lifecycle import EXIT_DEADLINE
from services.runtime.service.settings import KafkaSettings
from tests.support import fake_pipeline as fakes
from tests.support.annotate_processes import DEAD_LETTERS, running
from tests.support.kafka_records import open_admin
from tests.support.raw_topic import RawTopic, encode_article, find_id
from tests.support.stage_processes import StageProcess

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

BAD = {
    "tombstone": (None, Reason.TOMBSTONE),
    "no bytes": (b"", Reason.EMPTY),
    "not UTF-8": (b'{"content": "\xff\xfe"}', Reason.NOT_UTF8),
    "not JSON": (b"<html>", Reason.INVALID_JSON),
    "lone surrogate": (b'{"content": "a \\ud83d b"}', Reason.INVALID_JSON),
    "NaN": (b'{"content": "a", "metadata": NaN}', Reason.INVALID_JSON),
    "deep nesting": (b'{"content": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", Reason.INVALID_JSON),
    "a list": (b'[{"content": "a"}]', Reason.INVALID_ARTICLE),
    "wrong type": (b'{"content": 7}', Reason.INVALID_ARTICLE),
    "no content": (b'{"title": "only a title"}', Reason.INVALID_ARTICLE),
    "no ink": (b'{"content": " \\u200b\\n\\u00ad"}', Reason.EMPTY),
    "javascript URL": (encode_article("a", url="javascript:alert(1)"), Reason.INVALID_ARTICLE),
    "port of no host": (encode_article("a", url="http://a.example:99999/"), Reason.INVALID_ARTICLE),
    "metadata of numbers": (encode_article("a", metadata={"a": 1}), Reason.INVALID_ARTICLE),
    "20 MB": (b'{"content": "' + b"x" * 20_000_000 + b'"}', Reason.TOO_LARGE),
    "9 MB": (encode_article("word " * 1_800_000), Reason.TOO_LARGE),
}
"""Value of each bad record, and its reason."""

ODD = [
    encode_article("word"),
    encode_article("اخبار اليوم \u202etxet desrever\u202c", language="ar"),
    encode_article("control \u0000\u0007\u001b[31m characters"),
    encode_article("dated early", published_at="1900-01-01T00:00:00Z"),
    encode_article("dated late", published_at="2100-12-31T23:59:59+14:00"),
    encode_article("word " * 200_000),
]
"""Odd values that are articles."""
STALL = AnnotateSettings.model_fields["article_deadline"].default / 2
"""Maximum seconds without an outcome while an acknowledged record waits. A record that blocks its worker takes the
whole deadline; a loaded machine needs seconds for the largest record."""


@pytest.mark.alone
async def test_bad_input(raw: RawTopic, stage: StageProcess) -> None:
    """Each bad record is dead-lettered unchanged, with its reason; the articles around it are annotated at once."""
    good = [*ODD, *(encode_article(f"neighbour {number} {uuid4()}") for number in range(40))]
    headers = [("x-sender", b"test"), ("x-sender", b"twice"), ("null", None)]
    acknowledged: dict[int, float] = {}

    async def send(values: Sequence[bytes | None], **record: Any) -> None:
        offsets = await raw.send(values, partition=1, **record)
        acknowledged.update(dict.fromkeys(offsets, time.time()))

    for (name, (value, _)), neighbour in zip(BAD.items(), good, strict=False):
        await send([neighbour])
        await send([value], key=name.encode(), headers=headers)
    await send([None], key=None)
    await send([good[0]], key=b"tomorrow", headers=[("ce_type", b"news.article.raw.v9")])
    await send(good[len(BAD) :], key=None)
    reasons: dict[bytes | None, Reason] = {
        None: Reason.TOMBSTONE,
        b"tomorrow": Reason.UNKNOWN_VERSION,
        **{name.encode(): reason for name, (_, reason) in BAD.items()},
    }
    letters = await raw.read_dead(len(reasons))
    by_id = await raw.read_annotated(map(find_id, good))
    assert {record.key: letter.reason for letter, record in letters} == reasons
    assert len(letters) == len(reasons)
    assert by_id.keys() == set(map(find_id, good))
    originals = {record.offset: record for record in await raw.read(topics.RAW)}
    for letter, record in letters:
        original = originals[letter.offset]
        assert (letter.topic, letter.partition, letter.stage, letter.attempt) == (topics.RAW, 1, Stage.ANNOTATE, 1)
        assert (record.key, record.value, record.timestamp) == (original.key, original.value, original.timestamp)
        assert record.headers[: len(original.headers)] == original.headers
    assert max(find_waits(stage, acknowledged)) < STALL


def find_waits(stage: StageProcess, acknowledged: Mapping[int, float]) -> list[float]:
    """Return the seconds before each outcome, from the outcome before it or from when Kafka had the record.

    `acknowledged` has the time of each record by offset: a slow machine needs seconds to send the largest one.
    """
    lines = [*stage.events("article_annotated"), *stage.events("article_dead_lettered")]
    outcomes = sorted((datetime.fromisoformat(line["timestamp"]).timestamp(), line["offset"]) for line in lines)
    return [at - max(before, acknowledged[offset]) for (before, _), (at, offset) in pairwise(outcomes)]


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        (fakes.KILL, Reason.WORKER_DIED),
        (fakes.HANG, Reason.TIMED_OUT),
        (fakes.RAISE, Reason.UNEXPECTED),
        (fakes.REFUSE, Reason.ENRICHER_FAILED),
    ],
)
async def test_poison(raw: RawTopic, tmp_path: Path, poison: str, reason: Reason) -> None:
    """An article that kills or blocks its worker, or fails, is dead-lettered alone; its neighbours are annotated."""
    good = [encode_article(f"neighbour {number} {uuid4()}") for number in range(20)]
    bad = encode_article(f"{poison} {uuid4()}")
    await raw.send([*good[:10], bad, *good[10:]], partition=2)
    with running(raw, tmp_path, article_deadline=1):
        by_id = await raw.read_annotated(map(find_id, good))
        [(letter, record)] = await raw.read_dead(1)
    assert by_id.keys() == set(map(find_id, good))
    assert (letter.reason, record.value) == (reason, bad)


async def test_bug_does_not_drain_the_topic(raw: RawTopic, tmp_path: Path) -> None:
    """The process ends after several unexpected failures in a row, and neither commits nor dead-letters them."""
    values = [encode_article("good"), *(encode_article(f"{fakes.RAISE} {number}") for number in range(20))]
    await raw.send(values, partition=0)
    with running(raw, tmp_path, batch_articles=64) as stage:
        assert await asyncio.to_thread(stage.wait) == EXIT_DEADLINE
        assert "10 articles in a row failed unexpectedly" in stage.log.read_text()
        assert "the article is cursed" in stage.log.read_text()
    assert (await raw.read_committed())[0] <= 1
    assert len(await raw.read(DEAD_LETTERS)) == 0


async def test_dead_letter_topic_missing(raw: RawTopic, tmp_path: Path) -> None:
    """A dead letter that cannot be written ends the process without a commit, and the next start writes it."""
    with running(raw, tmp_path, delivery_deadline=2) as stage:
        await asyncio.to_thread(stage.wait_ready)
        async with open_admin(KafkaSettings(bootstrap_servers=raw.servers)) as admin:
            await admin.delete_topics([DEAD_LETTERS])
        await raw.send([b"not JSON", encode_article("behind it")], partition=4)
        assert await asyncio.to_thread(stage.wait) == EXIT_DEADLINE, stage.tail()
        assert (await raw.read_committed())[4] == 0
        raw.forget_start(DEAD_LETTERS)
        await asyncio.to_thread(stage.restart)
        [(letter, record)] = await raw.read_dead(1)
        await raw.read_annotated([find_id(encode_article("behind it"))])
    assert (letter.reason, record.value) == (Reason.INVALID_JSON, b"not JSON")
