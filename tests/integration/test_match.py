"""match on a real broker: verdicts, restarts while events wait, and bad records."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from services.contracts import topics
from services.contracts.event import AnnotatedArticle, EnrichedArticle, Revision
from services.contracts.headers import ENRICHED_TYPE
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.matching.index import MatchIndex, judge_and_remember
from services.enrichment.matching.signatures.signature import compute_signature
from services.enrichment.stories.index import StoryIndex
from services.enrichment.structs import replace, to_struct
from services.processor.match.matcher import find_event_time
from services.processor.match.story_records import build_story_article
from services.runtime.service.settings import name_variable
from tests.support.annotated import Sent, build_annotated, build_many, find_shard, pack, revise
from tests.support.kafka_records import open_producer, read_committed_records, read_records
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

KILLS = int(os.environ.get("LANE_KILLS", "6"))
"""Number of restarts, by SIGKILL and SIGTERM in turn."""
LANGUAGES = ("en", "es", "de")
MATCH = ("services.processor", "match")


@pytest.fixture
def match(broker: str, tmp_path: Path) -> Iterator[StageProcess]:
    """Run match as a process; it is a static member of its group."""
    environ = {name_variable("kafka", "instance"): "match-0"}
    with run_stage_process(*MATCH, bootstrap_servers=broker, log=tmp_path / "match.log", environ=environ) as stage:
        yield stage


async def send(servers: str, sent: list[Sent], *, partition: int | None = None) -> None:
    """Append records to the annotated topic in order, each to its shard or all to `partition`."""
    async with open_producer(servers) as producer:
        deliveries = []
        for one in sent:
            shard = partition if partition is not None else find_shard(AnnotatedArticle.model_validate_json(one.value))
            deliveries.append(
                await producer.send(
                    topics.ANNOTATED, value=one.value, key=one.id.encode(), headers=one.headers, partition=shard
                )
            )
        await asyncio.gather(*deliveries)


async def read_enriched(servers: str, ids: set[str], within: float = 60) -> list[ConsumerRecord]:
    """Read the enriched records of these articles, as soon as all have arrived."""

    def select(records: list[ConsumerRecord]) -> list[ConsumerRecord]:
        return [record for record in records if record.key is not None and record.key.decode() in ids]

    records = await read_records(
        servers,
        topics.ENRICHED,
        topics.PARTITIONS,
        lambda records: len({record.key for record in select(list(records))}) >= len(ids),
        within=within,
    )
    return select(records)


def judge_without_faults(annotated: list[ConsumerRecord]) -> dict[str, VerdictRecord]:
    """Return the verdicts of a run without faults on the records of one shard."""
    index, stories, verdicts = MatchIndex(), StoryIndex(), {}
    for record in annotated:
        article = AnnotatedArticle.model_validate_json(record.value)
        event_ms = find_event_time(article, record)
        verdict = judge_and_remember(index, article.id, article.signature, event_ms)
        if verdict is not None:
            mark = stories.judge(build_story_article(article, verdict.duplicate, event_ms)).mark
            stories.apply(article.id, mark)
            logged = replace(to_struct(verdict), story=mark).to_bytes()
            verdicts[verdict.id] = VerdictRecord.model_validate_json(logged)
    return verdicts


def vary(number: int, *, seed: int = 1) -> Sent:
    """Return the article again with another id and a few more words: a near-duplicate."""
    article = build_annotated(number, seed=seed, language=LANGUAGES[number % len(LANGUAGES)])
    body = f"{article.article.body}\n\nCorrected on Tuesday."
    return pack(
        article.model_copy(
            update={
                "id": f"{seed:016x}{number:016x}",
                "article": article.article.model_copy(update={"body": body}),
                "signature": compute_signature(article.article.headline, body),
            }
        )
    )


async def test_restarts_change_no_verdict(broker: str, match: StageProcess) -> None:
    """After restarts by SIGKILL and SIGTERM, each id occurs once, in order, with the verdict of an undisturbed run."""
    ids: set[str] = set()
    stop = asyncio.Event()

    async def load() -> None:
        number = 0
        while not stop.is_set():
            fresh = build_many(range(number, number + 20), seed=1, languages=LANGUAGES)
            near = [vary(number + 3)]
            again = [fresh[5]]
            await send(broker, [*fresh, *near, *again])
            ids.update(one.id for one in (*fresh, *near))
            number += 20
            await asyncio.sleep(0.2)

    loading = asyncio.create_task(load())
    rng = random.Random(11)
    for number in range(KILLS):
        await asyncio.to_thread(match.wait_for, "lane_opened", count=len(LANGUAGES))
        await asyncio.sleep(rng.uniform(0.0, 0.6))
        match.signal(signal.SIGTERM if number % 2 else signal.SIGKILL)
        assert await asyncio.to_thread(match.wait) == (0 if number % 2 else -signal.SIGKILL)
        match.restart()
    stop.set()
    await loading
    enriched = await read_enriched(broker, ids)
    assert Counter(record.key.decode() for record in enriched) == Counter(ids)
    events = [(record, EnrichedArticle.model_validate_json(record.value)) for record in enriched]
    annotated = await read_committed_records(broker, topics.ANNOTATED, topics.SHARD_COUNT)
    verdicts: dict[str, VerdictRecord] = {}
    for shard in range(topics.SHARD_COUNT):
        verdicts |= judge_without_faults([record for record in annotated if record.partition == shard])
    assert {event.id: event.duplicate for _, event in events} == {one: verdicts[one].duplicate for one in ids}
    assert Counter(event.duplicate.verdict for _, event in events)["near"] > 0
    logged = await read_committed_records(broker, topics.VERDICTS, topics.SHARD_COUNT)
    assert [VerdictRecord.model_validate_json(record.value) for record in logged if record.key.decode() in ids] == [
        verdicts[record.key.decode()] for record in logged if record.key.decode() in ids
    ]
    for target in range(topics.PARTITIONS):
        for shard in range(topics.SHARD_COUNT):
            offsets = [
                event.origin.offset
                for record, event in events
                if event.origin and record.partition == target and event.origin.partition == shard
            ]
            assert offsets == sorted(offsets)


async def test_kills_publish_each_revision_once(broker: str, match: StageProcess) -> None:
    """After kills while revisions wait, each article has one event of each revision, with one verdict."""
    articles = [build_annotated(number, seed=12) for number in range(60)]
    ids = {article.id for article in articles}
    await send(broker, [pack(revise(article, "a")) for article in articles])
    await asyncio.to_thread(match.wait_for, "article_enriched", count=len(ids))
    for start in range(0, len(articles), 20):
        # annotate may repeat an article, before and after the revision.
        group = articles[start : start + 20]
        await send(broker, [pack(revise(article, name)) for name in ("a", "bb", "bb") for article in group])
        await asyncio.to_thread(match.wait_for, "lane_opened")
        match.kill()
        match.restart()
    await asyncio.to_thread(match.wait_for, "lane_opened")
    last = build_annotated(99, seed=12)
    await send(broker, [pack(revise(last, "bb"))])
    await read_enriched(broker, {last.id})
    by_id: dict[str, list[EnrichedArticle]] = defaultdict(list)
    for record in await read_enriched(broker, ids):
        event = EnrichedArticle.model_validate_json(record.value)
        assert event.enrichment.revision is not None
        header = dict(record.headers).get("x-copydesk-revision")
        assert header == (None if event.enrichment.revision.number == 1 else b"2")
        by_id[event.id].append(event)
    expected = [Revision(number=1, hash="a"), Revision(number=2, hash="bb", replaces="a")]
    for events in by_id.values():
        assert [event.enrichment.revision for event in events] == expected
        assert events[0].duplicate == events[1].duplicate
    assert by_id.keys() == ids


async def test_transactions_on_the_annotated_topic(broker: str, match: StageProcess) -> None:
    """Articles of committed transactions get one verdict each, and their markers do not stop match."""
    articles = build_many(range(6), seed=9)
    async with open_producer(broker, "test-writer") as producer:
        for number, one in enumerate(articles):
            await producer.begin_transaction()
            await producer.send_and_wait(topics.ANNOTATED, value=one.value, key=one.id.encode(), partition=2)
            await (producer.abort_transaction() if number % 3 == 1 else producer.commit_transaction())
    committed = {one.id for number, one in enumerate(articles) if number % 3 != 1}
    enriched = await read_enriched(broker, committed)
    assert Counter(record.key.decode() for record in enriched) == Counter(committed)
    assert not await read_enriched(broker, {one.id for one in articles} - committed, within=0)
    await asyncio.to_thread(match.wait_for, "article_enriched", count=len(committed))
    assert match.process.poll() is None, match.tail()


async def test_bad_records_are_dead_lettered_unchanged(broker: str, match: StageProcess) -> None:
    """Each bad record is dead-lettered unchanged with its reason, and the good records keep their order."""
    good = build_many(range(9), seed=2)
    wrong_type = [("ce_type", b"news.article.annotated.v9")]
    lone = good[0].value.replace(b'"id":"', b'"id":"\\ud800', 1)
    bad: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]], str]] = [
        (b"tombstone", None, [], "tombstone"),
        (b"empty", b"", [], "empty"),
        (b"latin", b'{"id": "\xe9"}', [], "not_utf8"),
        (b"text", b"not json", [("x", b"1"), ("x", b"2")], "invalid_json"),
        (b"lone", lone, [], "invalid_json"),
        (b"deep", b"[" * 100_000, [], "invalid_json"),
        (None, b'{"id": "x"}', [], "invalid_article"),
        (b"large", b'{"id": "' + b"x" * 20_000_000 + b'"}', [], "invalid_article"),
        (b"version", good[0].value, wrong_type, "unknown_version"),
    ]
    async with open_producer(broker) as producer:
        sent = []
        for one, (key, value, headers, _) in zip(good, bad, strict=True):
            sent.append(await producer.send(topics.ANNOTATED, value=value, key=key, headers=headers, partition=0))
            await producer.send(
                topics.ANNOTATED, value=one.value, key=one.id.encode(), headers=one.headers, partition=0
            )
        # The topic's timestamps are from the broker's clock.
        stamps = [record.timestamp for record in await asyncio.gather(*sent)]
    enriched = await read_enriched(broker, {one.id for one in good})
    origins = {record.key.decode(): EnrichedArticle.model_validate_json(record.value).origin for record in enriched}
    offsets = [origin.offset for one in good if (origin := origins[one.id]) is not None]
    assert len(enriched) == len(good) and offsets == sorted(offsets)
    letters = await read_committed_records(broker, topics.dead_letter_topic(topics.ANNOTATED))
    assert len(letters) == len(bad)
    for letter, stamp, (key, value, headers, reason) in zip(letters, stamps, bad, strict=True):
        assert (letter.key, letter.value, letter.timestamp) == (key, value, stamp)
        assert list(letter.headers[: len(headers)]) == headers
        assert dict(letter.headers)["x-copydesk-reason"] == reason.encode()


async def test_the_event_has_its_headers(broker: str, match: StageProcess) -> None:
    """The enriched event has CloudEvents headers, the time of arrival and the sender's trace."""
    annotated = build_annotated(0, seed=3)
    trace = b"00-" + b"ab" * 16 + b"-" + b"cd" * 8 + b"-01"
    sent = pack(annotated)
    headers = [(name, trace if name == "traceparent" else value) for name, value in sent.headers]
    await send(broker, [Sent(sent.id, sent.value, headers)])
    [record] = await read_enriched(broker, {sent.id})
    found = dict(record.headers)
    assert found["ce_type"] == ENRICHED_TYPE.encode()
    assert found["ce_id"] == record.key == sent.id.encode()
    assert found["ce_time"] == dict(sent.headers)["ce_time"]
    assert found["traceparent"] == trace


async def test_a_hundred_copies_are_one_original_and_a_hundred_outcomes(broker: str, match: StageProcess) -> None:
    """One of a hundred copies sent at once is enriched, and ninety-nine are repeated."""
    sent = pack(build_annotated(0, seed=4))
    await send(broker, [sent] * 100)
    enriched = await asyncio.to_thread(match.wait_for, "article_enriched")
    repeated = await asyncio.to_thread(match.wait_for, "article_repeated", count=99)
    assert {line["id"] for line in (*enriched, *repeated)} == {sent.id}
    assert len(await read_enriched(broker, {sent.id})) == 1


async def test_the_index_survives_a_restart(broker: str, match: StageProcess) -> None:
    """After SIGKILL, an earlier article is known, and a near copy of it is recognised."""
    [first] = build_many([3], seed=5, languages=LANGUAGES)
    near = vary(3, seed=5)
    await send(broker, [first])
    await asyncio.to_thread(match.wait_for, "article_enriched")
    match.kill()
    match.restart()
    await send(broker, [first, near])
    [enriched] = await asyncio.to_thread(match.wait_for, "article_enriched")
    assert (enriched["id"], enriched["verdict"], enriched["duplicate_of"]) == (near.id, "near", first.id)
    assert [line["id"] for line in match.events("article_repeated")] == [first.id]
