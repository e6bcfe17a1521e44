"""annotate as a process with a real Kafka: its records, log lines and metrics, transactions on its input, and order."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from services.contracts import topics
from services.contracts.event import AnnotatedArticle
from services.contracts.headers import ANNOTATED_TYPE, RAW_TYPE
from services.runtime.service.settings import name_variable
from tests.support.annotate_processes import check_all_annotated, running
from tests.support.kafka_records import open_producer
from tests.support.raw_topic import RawTopic, encode_article, find_id
from tests.support.stage_processes import StageProcess

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]


async def test_annotated_record(raw: RawTopic, stage: StageProcess) -> None:
    """An annotated article has its id as key, its language's shard, CloudEvents headers and the sender's trace."""
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    values = [encode_article("an article", language=code) for code in ("en", "de", "fa", "pt-BR")]
    await raw.send(values, headers=[("ce_type", RAW_TYPE.encode()), ("traceparent", trace)])
    by_id = await raw.read_annotated(map(find_id, values))
    sources = {find_id(record.value): record for record in await raw.read(topics.RAW)}
    assert len(by_id) == len({find_id(value) for value in values}) == 1
    [article_id] = by_id
    records = by_id[article_id]
    assert [record.partition for record in sorted(records, key=lambda one: one.partition)] == [0, 2, 4, 4]
    for record in records:
        article = AnnotatedArticle.model_validate_json(record.value)
        assert article.id == article_id
        assert article.article.ingested_at is not None
        headers = dict(record.headers)
        assert headers["ce_type"] == ANNOTATED_TYPE.encode()
        assert headers["ce_id"] == article_id.encode()
        assert headers["ce_source"] == b"copydesk/annotate"
        assert headers["traceparent"] == trace
    assert sources[article_id].timestamp_type == 1


async def test_page_and_log_lines(raw: RawTopic, stage: StageProcess) -> None:
    """Each article has one log line, and the page shows outcomes, steps, lag and freshness under the declared names."""
    await raw.send([encode_article("good one"), b"bad one"])
    [line] = await asyncio.to_thread(stage.wait_for, "article_annotated")
    assert {"id", "language", "incomplete", "seconds", "freshness", "partition", "offset"} <= line.keys()
    [dead] = await asyncio.to_thread(stage.wait_for, "article_dead_lettered")
    assert (dead["reason"], dead["exception"]) == ("invalid_json", "PermanentError")
    expected = {
        'copydesk_articles_total{outcome="annotated",stage="annotate"} 1.0',
        'copydesk_articles_total{outcome="dead_lettered",stage="annotate"} 1.0',
        'copydesk_dead_letters_total{reason="invalid_json",stage="annotate"} 1.0',
        'copydesk_incomplete_total{part="entities",reason="unsupported_language"} 1.0',
        'copydesk_in_flight_articles{stage="annotate"} 0.0',
        'copydesk_consumer_lag_messages{stage="annotate",topic="news.articles.raw.v1"} 0.0',
        'copydesk_step_duration_seconds_count{stage="annotate",step="fake"} 1.0',
        'copydesk_freshness_seconds_count{stage="annotate"} 2.0',
    }
    await wait_until(lambda: expected <= set(stage.fetch("/metrics")[1].splitlines()))
    assert stage.fetch("/live") == (200, "live\n")


async def test_transactions_on_the_raw_topic(raw: RawTopic, tmp_path: Path) -> None:
    """Articles of committed transactions are annotated once, those of aborted ones never, and a marker is no lag."""
    kept, dropped = ([encode_article(f"{word} {uuid4().hex}") for _ in range(4)] for word in ("kept", "dropped"))
    stall_after = {name_variable("telemetry", "stall_after"): "4"}
    with running(raw, tmp_path, environ=stall_after) as stage:
        await asyncio.to_thread(stage.wait_ready)
        async with open_producer(raw.servers, raw.group) as producer:
            for values, commits in ((kept[:2], True), (dropped, False), (kept[2:], True)):
                await producer.begin_transaction()
                for value in values:
                    await producer.send_and_wait(topics.RAW, value=value, partition=3)
                await (producer.commit_transaction() if commits else producer.abort_transaction())
        assert await check_all_annotated(raw, kept) == 0
        annotated = {record.key.decode() for record in await raw.read(topics.ANNOTATED)}
        assert not annotated & set(map(find_id, dropped))
        idle = 'copydesk_consumer_lag_messages{stage="annotate",topic="news.articles.raw.v1"} 0.0'
        await wait_until(lambda: idle in stage.fetch("/metrics")[1].splitlines())
        await asyncio.sleep(6)
        assert stage.process.poll() is None, stage.tail()
        assert stage.fetch("/live") == (200, "live\n")


async def test_hundred_copies(raw: RawTopic, stage: StageProcess) -> None:
    """A hundred copies become a hundred annotated records with one id, which differ only in the time of arrival."""
    value = encode_article(f"copied {uuid4()}")
    await raw.send([value] * 100)
    records = await raw.read(topics.ANNOTATED, lambda seen: len(seen) >= 100)
    assert {record.key for record in records} == {find_id(value).encode()}
    assert len(records) == 100
    arrival = re.compile(rb'"ingested_at":"[^"]+"')
    assert len({arrival.sub(b"", record.value) for record in records}) == 1


async def test_order(raw: RawTopic, stage: StageProcess) -> None:
    """Articles of one source partition and one shard keep their order."""
    values = [encode_article(f"ordered {number} {uuid4()}") for number in range(300)]
    await raw.send(values, partition=3)
    records = await raw.read(topics.ANNOTATED, lambda seen: len(seen) >= 300)
    assert [record.key.decode() for record in records] == [find_id(value) for value in values]


async def wait_until(condition: Callable[[], bool], within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
