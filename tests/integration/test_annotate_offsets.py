"""Tests of annotate's offsets against a real log: the check, the commit, and the lag where transactions leave gaps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from services.contracts.topics import RAW, Topic
from services.errors import CopydeskError
from services.processor.annotate.stream.offsets import OffsetChecker
from services.runtime.kafka.topics import create_topics
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.support.annotate_processes import check_all_annotated, running
from tests.support.kafka_records import commit_offsets, open_admin, open_producer, send_values
from tests.support.raw_topic import RawTopic, encode_article

pytestmark = pytest.mark.kafka


class Scene:
    """A topic with one partition, a group, and the offset checker of the group."""

    def __init__(self, servers: str, admin: AIOKafkaAdminClient) -> None:
        self.servers = servers
        self.admin = admin
        self.topic = f"checked.{uuid4().hex[:8]}"
        self.source = TopicPartition(self.topic, 0)
        self.metrics = Metrics("annotate")
        self.checker = OffsetChecker(
            KafkaSettings(bootstrap_servers=servers),
            group=self.topic,
            topic=self.topic,
            admin=admin,
            metrics=self.metrics,
        )

    async def commit(self, offset: int) -> None:
        """Commit an offset for the group."""
        await commit_offsets(self.servers, self.topic, {self.source: offset})

    async def delete_before(self, offset: int) -> None:
        """Delete all records before an offset, as retention does."""
        await self.admin.delete_records({self.source: RecordsToDelete(before_offset=offset)})

    @property
    def lost(self) -> float:
        """Number of records reported as lost to retention."""
        return self.metrics.registry.get_sample_value("copydesk_lost_to_retention_total", {"stage": "annotate"}) or 0


@pytest.fixture
async def scene(kafka: str) -> AsyncIterator[Scene]:
    """Create a topic with an offset checker."""
    settings = KafkaSettings(bootstrap_servers=kafka)
    async with open_admin(settings) as admin:
        scene = Scene(kafka, admin)
        await create_topics(settings, [Topic(scene.topic, 1)])
        yield scene
        await scene.checker.close()


async def test_starts_at_the_commit(scene: Scene) -> None:
    """The first expected offset is the committed one, or the log's start if nothing is committed."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.checker.check([(0, 0), (0, 1)])
    scene.checker.forget()
    await scene.commit(4)
    await scene.checker.check([(0, 4), (0, 5)])
    scene.checker.forget()
    await scene.checker.check([(0, 2), (0, 3), (0, 4)])


async def test_skipped_records(scene: Scene) -> None:
    """A gap over records that the log has is an error, at the start and later."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    with pytest.raises(CopydeskError, match="received offset 5, expected 0: records from offset 0"):
        await scene.checker.check([(0, 5)])
    scene.checker.forget()
    await scene.commit(3)
    with pytest.raises(CopydeskError, match="received offset 8, expected 5: records from offset 5"):
        await scene.checker.check([(0, 3), (0, 4), (0, 8)])


async def test_transaction_markers(scene: Scene) -> None:
    """A gap over the marker of another producer's transaction is no error."""
    async with open_producer(scene.servers, f"{scene.topic}-writer") as producer:
        for value in (b"a", b"b"):
            async with producer.transaction():
                await producer.send(scene.topic, value=value, partition=0)
    await scene.checker.check([(0, 0), (0, 2)])
    assert scene.lost == 0


async def test_retention(scene: Scene) -> None:
    """Records that the broker deleted before they were read are reported as lost and are no error."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.commit(2)
    await scene.delete_before(6)
    await scene.checker.check([(0, 6), (0, 7)])
    assert scene.lost == 4


async def test_new_group_on_an_old_log(scene: Scene) -> None:
    """A group that has never committed has lost nothing if retention removed records before its first read."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.delete_before(6)
    await scene.checker.check([(0, 6), (0, 7)])
    assert scene.lost == 0


async def test_skipped_records_after_retention(scene: Scene) -> None:
    """A gap over more records than retention removed is an error."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.commit(2)
    await scene.delete_before(6)
    with pytest.raises(CopydeskError, match="records from offset 6"):
        await scene.checker.check([(0, 8)])


async def test_an_aborted_transaction_at_the_end_is_no_stall(raw: RawTopic, tmp_path: Path) -> None:
    """Records of an aborted transaction do not stop annotate, which has nothing to read, and it commits past them.

    A replay that is killed and not continued leaves such records at the end of the raw topic.
    """
    stall_after = 1.0
    environ = {name_variable("telemetry", "stall_after"): str(stall_after)}
    first, later = encode_article("before the abort"), encode_article("after the abort")
    # The first record of its partition.
    await raw.send([first], partition=5)
    with running(raw, tmp_path, environ=environ) as stage:
        await asyncio.to_thread(stage.wait_for, "article_annotated")
        async with open_producer(raw.servers, f"{raw.group}-replay") as producer:
            await producer.begin_transaction()
            await asyncio.gather(*[await producer.send(RAW, value=first, partition=5) for _ in range(3)])
            await producer.abort_transaction()
        await asyncio.sleep(3 * stall_after)
        assert stage.process.poll() is None, stage.tail()
        await raw.send([later], partition=5)
        await check_all_annotated(raw, [first, later])
        async with asyncio.timeout(10):
            # Two articles, and between them three aborted records and a marker.
            while (committed := (await raw.read_committed())[5]) != 6:
                assert committed < 6
                await asyncio.sleep(0.1)
