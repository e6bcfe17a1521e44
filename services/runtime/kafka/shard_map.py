"""The shard map in use, which is stored in Kafka, and its comparison with the declared map.

Without the comparison, a build that declares another map would split an index silently.
"""

from __future__ import annotations

import structlog
from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.contracts.topics import DEFAULT_LAYOUT, SHARD_MAP, TopicLayout
from services.errors import ConfigurationError, CopydeskError
from services.runtime.kafka.clients import build_producer, within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import OutputRecord
from services.runtime.kafka.state_log import open_state_log
from services.runtime.service.settings import KafkaSettings

KEY = b"shards"

logger = structlog.get_logger()


async def check_shards(
    settings: KafkaSettings, declared: ShardMap = DECLARED_SHARDS, layout: TopicLayout = DEFAULT_LAYOUT
) -> None:
    """Compare the declared map with the map in use. If Kafka has no map, write the declared one.

    Every stage that chooses a shard or works on one calls this before it reads anything. Raises ConfigurationError if
    the maps differ, TransientError if Kafka does not answer.
    """
    used = await read_shard_map(settings, layout)
    if used is None:
        await write_shard_map(settings, declared, layout)
        # Another process may have written another map at the same time: the last record is valid, for both.
        used = await read_shard_map(settings, layout)
    if used != declared:
        raise ConfigurationError(
            f"the shard map in use ({used}) differs from the one that this build declares ({declared}): starting would "
            "split an index, so that copies of known articles would no longer be found; docs/shards.md has the steps"
        )


async def read_shard_map(settings: KafkaSettings, layout: TopicLayout = DEFAULT_LAYOUT) -> ShardMap | None:
    """Return the map in use, or None if there is none. Raises CopydeskError if the last record is not a map."""
    partition = _find_partition(layout)
    values: list[bytes] = []
    async with open_state_log(settings, partition) as log:
        async for records in log.stream(log.begin):
            values.extend(record.value or b"" for record in records)
    if not values:
        return None
    try:
        return ShardMap.model_validate_json(values[-1])
    except ValidationError as error:
        raise CopydeskError(
            f"the last record of topic {partition.topic} is no shard map: {values[-1][:200]!r}"
        ) from error


async def write_shard_map(settings: KafkaSettings, shards: ShardMap, layout: TopicLayout = DEFAULT_LAYOUT) -> None:
    """Write a map, which is the map in use from then on. Raises CopydeskError if Kafka does not store it."""
    producer = build_producer(settings, client_id="copydesk-shards")
    await within(settings.request_timeout, "start the shard map's producer", producer.start())
    try:
        partition = _find_partition(layout)
        output = OutputRecord(partition.topic, KEY, shards.to_bytes(), partition=partition.partition)
        await within(settings.request_timeout, "write the shard map", await send(producer, output))
    finally:
        await within(settings.request_timeout, "stop the shard map's producer", producer.stop())
    logger.info("shard_map_written", shards=str(shards))


def _find_partition(layout: TopicLayout) -> TopicPartition:
    return TopicPartition(layout.name(SHARD_MAP), 0)
