"""annotate as a process with a real Kafka: restarts, bad input, poisonous articles, rebalances, a broker that stops."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.contracts import topics
from services.contracts.event import AnnotatedArticle
from services.contracts.headers import ANNOTATED_TYPE, RAW_TYPE
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.outcomes import Reason, Stage
from services.runtime.service.lifecycle import EXIT_DEADLINE
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.support import fake_pipeline as fakes
from tests.support.kafka_records import open_admin, open_producer
from tests.support.raw_topic import RawTopic, encode_article, find_id
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

ROUNDS = int(os.environ.get("ANNOTATE_ROUNDS", "3"))
"""Number of restarts by each signal, and of rebalances."""
ARTICLE_SECONDS = "0.004"
"""Work per article in the tests under load: enough that a kill happens during a batch."""
DEAD_LETTERS = topics.dead_letter_topic(topics.RAW)


@pytest.fixture
async def raw(kafka: str) -> RawTopic:
    """Provide the raw topic with a consumer group for one test."""
    topic = RawTopic(kafka)
    await topic.begin()
    return topic


@contextmanager
def running(
    raw: RawTopic, folder: Path, *, seconds: str = "0", environ: Mapping[str, str] | None = None, **annotate: object
) -> Iterator[StageProcess]:
    """Run annotate with the fake pipeline; `annotate` has further settings of its section, `environ` of others."""
    own = {name_variable("annotate", name): str(value) for name, value in annotate.items()}
    environ = {**raw.environ, **own, **(environ or {})}
    with run_stage_process(
        "tests.support.annotate_stage",
        seconds,
        bootstrap_servers=raw.servers,
        log=folder / f"{uuid4().hex}.log",
        environ=environ,
    ) as stage:
        yield stage


@pytest.fixture
async def stage(raw: RawTopic, tmp_path: Path) -> AsyncIterator[StageProcess]:
    """Provide an annotate process that is ready."""
    with running(raw, tmp_path) as process:
        await asyncio.to_thread(process.wait_ready)
        yield process


class Load:
    """A background task that sends unique articles all the time."""

    def __init__(self, raw: RawTopic, *, every: float = 0.05, size: int = 6) -> None:
        self._raw = raw
        self._every = every
        self._size = size
        self._seed = uuid4().hex[:8]
        self.values: list[bytes] = []

    async def __aenter__(self) -> Load:
        self._task = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _send(self) -> None:
        while True:
            first = len(self.values)
            values = [encode_article(f"load {self._seed} {number}") for number in range(first, first + self._size)]
            # A cancellation must not interrupt a send: articles are expected only if they were sent.
            await asyncio.shield(self._send_values(values))
            await asyncio.sleep(self._every)

    async def _send_values(self, values: list[bytes]) -> None:
        await self._raw.send(values)
        self.values.extend(values)


async def check_all_annotated(raw: RawTopic, values: list[bytes], *, within: float = 60) -> int:
    """Check that each article is annotated at least once, always with the same bytes; return the number of repeats."""
    ids = {find_id(value) for value in values}
    assert len(ids) == len(values)
    by_id = await raw.read_annotated(ids, within=within)
    assert ids - by_id.keys() == set()
    assert [one for one in ids if len({record.value for record in by_id[one]}) != 1] == []
    assert await raw.read(DEAD_LETTERS) == []
    return sum(len(by_id[one]) - 1 for one in ids)


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["sigterm", "kill-9"])
async def test_restarts_lose_nothing(raw: RawTopic, tmp_path: Path, number: signal.Signals) -> None:
    """No article is lost over several restarts under load, and an article always has the same bytes."""
    async with Load(raw) as load:
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as stage:
            for _ in range(ROUNDS):
                await asyncio.to_thread(stage.wait_for, "article_annotated", count=20)
                stage.signal(number)
                code = await asyncio.to_thread(stage.wait)
                assert code == (0 if number is signal.SIGTERM else -signal.SIGKILL), stage.tail()
                await asyncio.to_thread(stage.restart)
            await asyncio.to_thread(stage.wait_for, "article_annotated")
            await load.__aexit__()
            repeated = await check_all_annotated(raw, load.values)
    if number is signal.SIGTERM:
        assert repeated == 0


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


async def test_two_workers_and_rebalances(raw: RawTopic, tmp_path: Path) -> None:
    """No article is lost or changed while a second process joins the group, leaves it and is killed."""
    async with Load(raw) as load:
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as first:
            await asyncio.to_thread(first.wait_for, "article_annotated")
            for turn in range(ROUNDS):
                with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as second:
                    await asyncio.to_thread(second.wait_for, "article_annotated", count=5)
                    if turn % 2:
                        second.kill()
                await asyncio.to_thread(first.wait_for, "article_annotated", count=10 * (turn + 1))
            await load.__aexit__()
            await check_all_annotated(raw, load.values)
            assert first.process.poll() is None, first.tail()


async def test_sigterm_in_a_rebalance(raw: RawTopic, tmp_path: Path) -> None:
    """A process that is asked to stop during a rebalance ends in time, and no article is lost."""
    async with Load(raw) as load:
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as first:
            await asyncio.to_thread(first.wait_for, "article_annotated")
            for turn in range(ROUNDS):
                with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as second:
                    await asyncio.to_thread(second.wait_for, "worker_started")
                    await asyncio.sleep(0.4 * turn / ROUNDS)
                    second.signal(signal.SIGTERM)
                    assert await asyncio.to_thread(second.wait) in (0, EXIT_DEADLINE)
            await asyncio.to_thread(
                first.wait_for, "article_annotated", count=len(first.events("article_annotated")) + 1
            )
            await load.__aexit__()
            await check_all_annotated(raw, load.values)


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
STALL = 1.0
"""Maximum seconds without an outcome that bad input may cause while an acknowledged record waits."""


async def test_bad_input(raw: RawTopic, stage: StageProcess) -> None:
    """Each bad record is dead-lettered unchanged, with its reason; the articles around it are annotated at once."""
    good = [*ODD, *(encode_article(f"neighbour {number} {uuid4()}") for number in range(40))]
    headers = [("x-sender", b"test"), ("x-sender", b"twice"), ("null", None)]
    acknowledged: list[float] = []

    async def send(values: Sequence[bytes | None], **record: Any) -> None:
        await raw.send(values, partition=1, **record)
        acknowledged.extend([time.time()] * len(values))

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


def find_waits(stage: StageProcess, acknowledged: Sequence[float]) -> list[float]:
    """Return the seconds before each outcome, from the outcome before it or from when Kafka had the record.

    `acknowledged` has the time of each record by offset: a slow machine needs seconds to send the largest one.
    """
    lines = [*stage.events("article_annotated"), *stage.events("article_dead_lettered")]
    outcomes = sorted((datetime.fromisoformat(line["timestamp"]).timestamp(), line["offset"]) for line in lines)
    return [at - max(before, acknowledged[offset]) for (before, _), (at, offset) in pairwise(outcomes)]


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


async def test_broker_bounce(embedded_settings: EmbeddedSettings, tmp_path: Path) -> None:
    """A broker that is stopped or killed, and then restarted, costs no article, even if annotate ends meanwhile."""
    with EmbeddedKafka.start(embedded_settings) as broker:
        raw = RawTopic(broker.bootstrap_servers)
        await raw.begin()
        values = [encode_article(f"bounced {number}") for number in range(600)]
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as stage:
            await asyncio.to_thread(stage.wait_ready)
            for turn, bounce in enumerate((broker.stop, broker.kill)):
                await raw.send(values[turn * 200 : (turn + 1) * 200])
                await asyncio.to_thread(stage.wait_for, "article_annotated", count=20)
                await asyncio.to_thread(bounce)
                await asyncio.to_thread(broker.restart)
                await asyncio.to_thread(restart_if_ended, stage)
            await raw.send(values[400:])
            reading = asyncio.create_task(check_all_annotated(raw, values, within=90))
            while not reading.done():
                await asyncio.to_thread(restart_if_ended, stage)
                await asyncio.sleep(0.2)
            await reading


def restart_if_ended(stage: StageProcess) -> None:
    """Start the stage again if it has ended, as a container engine does."""
    if stage.process.poll() is not None:
        stage.restart()


async def wait_until(condition: Callable[[], bool], within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
