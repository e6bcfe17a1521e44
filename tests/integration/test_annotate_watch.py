"""Offsets that jump, checked against a real log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from prometheus_client import CollectorRegistry

from services.contracts.topics import Topic
from services.errors import CopydeskError
from services.processor.annotate.stream.offsets import Watch
from services.runtime.kafka.topics import create_topics
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings
from tests.support.kafka_records import commit_offsets, open_admin, open_producer, send_values

pytestmark = pytest.mark.kafka


class Scene:
    """A topic of one partition with a group, and the watch over it."""

    def __init__(self, servers: str, admin: AIOKafkaAdminClient) -> None:
        self.servers = servers
        self.admin = admin
        self.topic = f"watched.{uuid4().hex[:8]}"
        self.source = TopicPartition(self.topic, 0)
        self.metrics = Metrics("annotate", CollectorRegistry())
        self.watch = Watch(
            KafkaSettings(bootstrap_servers=servers),
            group=self.topic,
            topic=self.topic,
            admin=admin,
            metrics=self.metrics,
        )

    async def commit(self, offset: int) -> None:
        await commit_offsets(self.servers, self.topic, {self.source: offset})

    async def cut(self, offset: int) -> None:
        await self.admin.delete_records({self.source: RecordsToDelete(before_offset=offset)})

    @property
    def lost(self) -> float:
        return self.metrics.registry.get_sample_value("copydesk_lost_to_retention_total", {"stage": "annotate"}) or 0


@pytest.fixture
async def scene(kafka: str) -> AsyncIterator[Scene]:
    settings = KafkaSettings(bootstrap_servers=kafka)
    async with open_admin(settings) as admin:
        scene = Scene(kafka, admin)
        await create_topics(settings, [Topic(scene.topic, 1)])
        yield scene


async def test_from_the_commit_on(scene: Scene) -> None:
    """The committed offset, or the log's start where there is none, is what is due first."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.watch.check([(0, 0), (0, 1)])
    scene.watch.forget()
    await scene.commit(4)
    await scene.watch.check([(0, 4), (0, 5)])
    scene.watch.forget()
    await scene.watch.check([(0, 2), (0, 3), (0, 4)])


async def test_jump_over_records(scene: Scene) -> None:
    """A jump over records that the log has is an error, at the start and later."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    with pytest.raises(CopydeskError, match="offset 5 came where 0 was due, and the log has 0"):
        await scene.watch.check([(0, 5)])
    scene.watch.forget()
    await scene.commit(3)
    with pytest.raises(CopydeskError, match="offset 8 came where 5 was due, and the log has 5"):
        await scene.watch.check([(0, 3), (0, 4), (0, 8)])


async def test_markers(scene: Scene) -> None:
    """A jump over the marker of a foreign producer's transaction is none."""
    async with open_producer(scene.servers, f"{scene.topic}-writer") as producer:
        for value in (b"a", b"b"):
            async with producer.transaction():
                await producer.send(scene.topic, value=value, partition=0)
    await scene.watch.check([(0, 0), (0, 2)])
    assert scene.lost == 0


async def test_retention(scene: Scene) -> None:
    """Records that the broker deleted before they were read are reported as lost, and are no jump."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.commit(2)
    await scene.cut(6)
    await scene.watch.check([(0, 6), (0, 7)])
    assert scene.lost == 4


async def test_new_group_on_an_old_log(scene: Scene) -> None:
    """A group that never committed has lost nothing of a log that was cut before it came."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.cut(6)
    await scene.watch.check([(0, 6), (0, 7)])
    assert scene.lost == 0


async def test_jump_beyond_retention(scene: Scene) -> None:
    """A jump over more than what retention took is an error."""
    await send_values(scene.servers, scene.topic, [b"x"] * 10)
    await scene.commit(2)
    await scene.cut(6)
    with pytest.raises(CopydeskError, match="the log has 6"):
        await scene.watch.check([(0, 8)])
