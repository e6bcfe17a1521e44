"""The shard map on a real broker: which changes are refused, and how a language gets a shard of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.errors import ConfigurationError
from services.processor.match.resharding import reshard
from services.runtime.kafka.shard_map import check_shards, read_shard_map
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings
from tests.support.kafka_records import commit_offsets, open_producer, read_committed_records

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

LATER = ShardMap(
    shards={**DECLARED_SHARDS.shards, "it": DECLARED_SHARDS.count},
    other=DECLARED_SHARDS.other,
    count=DECLARED_SHARDS.count + 1,
)
GROUP = "copydesk-match"


@pytest.fixture
def settings(embedded_settings: EmbeddedSettings) -> Iterator[KafkaSettings]:
    """Run a broker for each test, with the declared topics, because these tests change partitions permanently."""
    with EmbeddedKafka.start(embedded_settings) as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        asyncio.run(create_topics(kafka, topics.DECLARED))
        yield kafka


def test_a_changed_map_is_refused(settings: KafkaSettings) -> None:
    """The first start writes the map; a build with another map, or with more partitions, is refused."""

    async def check() -> None:
        await check_shards(settings)
        assert await read_shard_map(settings) == DECLARED_SHARDS
        await check_shards(settings)
        moved = DECLARED_SHARDS.model_copy(update={"shards": {**DECLARED_SHARDS.shards, "it": 0}})
        with pytest.raises(ConfigurationError, match=r"it=0 .*split an index.*docs/shards.md"):
            await check_shards(settings, moved)
        with pytest.raises(ConfigurationError, match="it is put on 0, which is not a new partition"):
            await reshard(settings, GROUP, moved)
        more = [topics.Topic(topics.ANNOTATED, partitions=topics.SHARD_COUNT + 1)]
        with pytest.raises(ConfigurationError, match=r"6 partitions, Copydesk needs 7.*docs/shards.md"):
            await create_topics(settings, more)
        assert await read_shard_map(settings) == DECLARED_SHARDS

    asyncio.run(check())


def test_a_language_moves_with_its_index(settings: KafkaSettings) -> None:
    """A new shard is refused while articles wait, and then begins with a copy of the verdict log of the old one."""

    async def check() -> None:
        await check_shards(settings)
        async with open_producer(settings.bootstrap_servers) as producer:
            await producer.send_and_wait(topics.ANNOTATED, b"waits", partition=DECLARED_SHARDS.other)
            for number in range(3):
                await producer.send_and_wait(
                    topics.VERDICTS, b"%d" % number, key=b"k%d" % number, partition=DECLARED_SHARDS.other,
                    headers=[("ce_id", b"x")], timestamp_ms=1_795_000_000_000 + number,
                )  # fmt: skip
        await commit(settings, {TopicPartition(topics.ANNOTATED, DECLARED_SHARDS.other): 0})
        with pytest.raises(ConfigurationError, match="match has not processed all articles"):
            await reshard(settings, GROUP, LATER)
        await commit(settings, {TopicPartition(topics.ANNOTATED, DECLARED_SHARDS.other): 1})
        await reshard(settings, GROUP, LATER)
        assert await read_shard_map(settings) == LATER
        await check_shards(settings, LATER)
        with pytest.raises(ConfigurationError, match="split an index"):
            await check_shards(settings)
        records = await read_committed_records(settings.bootstrap_servers, topics.VERDICTS, LATER.count)
        logs = [
            [(r.key, r.value, r.headers) for r in records if r.partition == shard]
            for shard in (LATER.other, LATER.shards["it"])
        ]
        assert len(logs[0]) == 3 and logs[0] == logs[1]
        await reshard(settings, GROUP, LATER)

    asyncio.run(check())


async def commit(settings: KafkaSettings, offsets: dict[TopicPartition, int]) -> None:
    """Commit offsets as match would."""
    await commit_offsets(settings.bootstrap_servers, GROUP, offsets)
