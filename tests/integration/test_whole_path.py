"""The whole stream, from a raw article to a routed event, with a real Kafka and the real services."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from services.cli.articles.enrich import build_enricher
from services.cli.articles.reading import SAMPLES, read_articles
from services.cli.articles.send import send
from services.cli.desk.arrivals.results import RunResults
from services.cli.desk.processes.stack import Stack, run_stack
from services.cli.kafka.connection import BOOTSTRAP
from services.cli.kafka.tail import read_committed
from services.contracts import topics
from services.contracts.dead_letter import DeadLetter
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Outcome, Reason
from tests.support.builders import build_article, build_entries
from tests.support.kafka_records import read_committed_records, read_until

pytestmark = [pytest.mark.kafka, pytest.mark.weights]

ROUTED_PATTERN = r"^news\.routed\..*"


@pytest.fixture(scope="module")
def stack(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run the four services with the embedded broker."""
    environ = {**os.environ, BOOTSTRAP: kafka}
    with run_stack(environ, tmp_path_factory.mktemp("stack")) as (running, _):
        yield running


async def send_and_collect(stack: Stack, articles: Sequence[Entry | UnreadableEntry]) -> tuple[list[str], RunResults]:
    """Send articles, and read until each published one is on a route or dead-lettered."""
    results = RunResults()
    report = await send(stack.ingest, articles)
    async with read_committed(stack.kafka) as consumer:
        consumer.subscribe(pattern=rf"({ROUTED_PATTERN}|^news\.articles\.enriched\.v1$|.*\.dlq$)")

        def is_complete(records: Sequence[ConsumerRecord]) -> bool:
            for record in records[len(taken) :]:
                results.add(record)
                taken.append(None)
            return all(results.has_arrived(article_id) for article_id in report.ids)

        taken: list[None] = []
        await read_until(consumer, is_complete, quiet=60)
    return report.ids, results


COPIES = (2, 3, 5, 6)
"""Numbers of the samples that copy an earlier one."""


async def test_samples_have_exactly_one_outcome(stack: Stack) -> None:
    """Every sample article is once on the enriched topic and once on each of its routes."""
    articles = list(read_articles(sorted(SAMPLES.iterdir())))
    # Articles of one batch are in different partitions and arrive in any order, so the copies are sent later.
    copies = [article for number, article in enumerate(articles) if number in COPIES]
    first, results = await send_and_collect(stack, [article for article in articles if article not in copies])
    later, repeated = await send_and_collect(stack, copies)
    assert len({*first, *later}) == len(articles)
    assert results.find_faults(first) == []
    assert repeated.find_faults(later) == []
    assert {results.events[article_id].duplicate.verdict for article_id in first} == {"original"}
    verdicts = sorted(repeated.events[article_id].duplicate.verdict for article_id in later)
    assert verdicts == ["exact", "excerpt", "near", "update"]
    german, arabic = (
        next(event for event in results.events.values() if event.article.language.code == code) for code in ("de", "ar")
    )
    for event in (german, arabic):
        assert {item.reason for item in event.enrichment.incomplete} == {Reason.UNSUPPORTED_LANGUAGE}
        assert event.entities is None
    named = {entity.name: entity.type for event in results.events.values() for entity in event.entities or ()}
    assert named["Ingrid Larsen"] == "PER"
    assert named["Valletta"] == "LOC"


async def test_hundred_copies_at_once_are_one_article(stack: Stack) -> None:
    """A hundred identical copies give one enriched event; the others are repeated."""
    copies = build_entries([1] * 10, seed=100)
    reports = await asyncio.gather(*(send(stack.ingest, copies) for _ in range(10)))
    assert sum(report.outcomes[Outcome.PUBLISHED] for report in reports) == 100
    (article_id,) = {article_id for report in reports for article_id in report.ids}
    marker, _ = await send_and_collect(stack, build_entries([2], seed=100))
    assert marker
    enriched = [
        record.key.decode()
        for record in await read_committed_records(stack.bootstrap_servers, topics.ENRICHED, topics.PARTITIONS)
    ]
    assert enriched.count(article_id) == 1


async def test_bad_records_are_dead_lettered_and_good_ones_routed(stack: Stack) -> None:
    """An invalid record of the raw topic becomes a dead letter with its bytes; the articles around it are routed."""
    bad: list[tuple[bytes | None, bytes | None, Reason]] = [
        (b"k", None, Reason.TOMBSTONE),
        (b"k", b"", Reason.EMPTY),
        (None, b"\xff\xfe\x00", Reason.NOT_UTF8),
        (b"k", b"{not json", Reason.INVALID_JSON),
        (b"k", b'{"content": 7}', Reason.INVALID_ARTICLE),
        (b"k", b'{"title": "no content"}', Reason.INVALID_ARTICLE),
        (b"k", b'{"content": "  \\n "}', Reason.EMPTY),
        (b"k", b'{"content": "x", "url": "javascript:alert(1)"}', Reason.INVALID_ARTICLE),
        (b"k", b'{"content": "\\ud800"}', Reason.INVALID_JSON),
        (b"k", b"[" * 100_000, Reason.INVALID_JSON),
        (b"k", b'{"content": "' + b"word " * 4_000_000 + b'"}', Reason.TOO_LARGE),
    ]
    good = [RawArticle.model_validate(build_article(number, seed=200)) for number in range(len(bad) + 1)]
    odd = [
        RawArticle(content="Quake."),
        RawArticle(content="word " * 180_000, url="https://wire.example/long"),
        RawArticle(content="Nothing happened.", published_at="1900-01-01T00:00:00Z"),
        RawArticle(content="Everything happened.", published_at="2100-01-01T00:00:00Z"),
        RawArticle(content="a\x00b\x07c\u202e def " * 40, url="https://wire.example/control"),
        RawArticle(content="אירוע חדש בנמל חיפה " * 30, url="https://wire.example/rtl"),
    ]
    async with AIOKafkaProducer(
        bootstrap_servers=stack.bootstrap_servers, max_request_size=topics.MAX_RECORD_BYTES
    ) as producer:
        for article, (key, value, _) in zip(good, bad, strict=False):
            await producer.send_and_wait(topics.RAW, article.to_bytes(), key=None)
            await producer.send_and_wait(topics.RAW, value, key=key)
        for article in (good[-1], *odd):
            await producer.send_and_wait(topics.RAW, article.to_bytes())
    expected = [derive_article_id(article) for article in (*good, *odd)]
    async with read_committed(stack.kafka) as consumer:
        consumer.subscribe(pattern=ROUTED_PATTERN)
        routed = await read_until(
            consumer, lambda records: set(expected) <= {record.key.decode() for record in records}, quiet=60
        )
    assert set(expected) <= {record.key.decode() for record in routed}
    letters = [
        DeadLetter.from_record(record.headers, record.key, record.value, None)
        for record in await read_committed_records(stack.bootstrap_servers, topics.dead_letter_topic(topics.RAW))
    ]
    found = Counter((letter.key, letter.value, letter.reason) for letter in letters)
    assert found == Counter(bad)


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
async def test_compressed_records_are_read(stack: Stack, compression: str) -> None:
    """Records that a foreign producer compressed, by any of Kafka's methods, are read."""
    article = RawArticle.model_validate(build_article(1, seed=sum(compression.encode())))
    async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap_servers, compression_type=compression) as producer:
        await producer.send_and_wait(topics.RAW, article.to_bytes())
    expected = derive_article_id(article).encode()
    async with read_committed(stack.kafka) as consumer:
        consumer.subscribe(pattern=ROUTED_PATTERN)
        routed = await read_until(consumer, lambda records: expected in {r.key for r in records}, quiet=30)
    assert expected in {record.key for record in routed}


async def test_stream_and_plain_loop_give_equal_events(stack: Stack, tmp_path: Path) -> None:
    """An article gets equal events through Kafka and through `copydesk enrich`, which finds no stories."""
    articles = build_entries(range(20), seed=300)
    ids, results = await send_and_collect(stack, articles)
    plain = build_enricher()
    for article_id, article in zip(ids, articles, strict=True):
        streamed = results.events[article_id]
        arrived = streamed.article.ingested_at
        assert arrived is not None
        alone = plain.enrich(RawArticle.model_validate(article.fields), arrived)
        assert streamed.story is not None and alone.story is None
        entities = tuple(entity.model_copy(update={"novelty": None}) for entity in streamed.entities or ())
        without_story = streamed.model_copy(update={"story": None, "entities": entities, "origin": None})
        assert alone == without_story
