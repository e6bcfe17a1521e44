"""The shard map in use, which Kafka remembers: a build that declares another would split an index in silence."""

from __future__ import annotations

import structlog
from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from services.contracts.shard_map import DECLARED_SHARDS, ShardMap
from services.contracts.topics import SHARD_MAP
from services.errors import ConfigurationError, CopydeskError
from services.runtime.kafka.clients import build_producer, within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import OutputRecord
from services.runtime.kafka.state_log import open_state_log
from services.runtime.service.settings import KafkaSettings

KEY = b"shards"
PARTITION = TopicPartition(SHARD_MAP, 0)

logger = structlog.get_logger()


async def check_shards(settings: KafkaSettings, declared: ShardMap = DECLARED_SHARDS) -> None:
    """Compare the declared map with the one in use; on a Kafka without one, the declared one is taken into use.

    Every stage that chooses a shard or works on one calls it before it reads anything. Raises ConfigurationError when
    the maps differ, TransientError when Kafka does not answer.
    """
    used = await read_shard_map(settings)
    if used is None:
        await write_shard_map(settings, declared)
        # Another process may have written another one meanwhile: the last counts, for both.
        used = await read_shard_map(settings)
    if used != declared:
        raise ConfigurationError(
            f"articles are sorted by the shard map ({used}) and this build declares ({declared}): starting would split "
            "an index, so that copies of what is known are no longer found; docs/shards.md has the steps"
        )


async def read_shard_map(settings: KafkaSettings) -> ShardMap | None:
    """The map in use; None where none is. Raises CopydeskError for a record that cannot be read."""
    values: list[bytes] = []
    async with open_state_log(settings, PARTITION) as log:
        await log.read(log.begin, lambda records: values.extend(one.value or b"" for one in records), lambda _: None)
    if not values:
        return None
    try:
        return ShardMap.model_validate_json(values[-1])
    except ValidationError as error:
        raise CopydeskError(f"{SHARD_MAP} has a record that is no shard map: {values[-1][:200]!r}") from error


async def write_shard_map(settings: KafkaSettings, shards: ShardMap) -> None:
    """Take a map into use. Raises TransientError."""
    producer = build_producer(settings, client_id="copydesk-shards")
    await within(settings.request_timeout, "start the shard map's producer", producer.start())
    try:
        output = OutputRecord(SHARD_MAP, KEY, shards.to_bytes(), partition=PARTITION.partition)
        await within(settings.request_timeout, "write the shard map", await send(producer, output))
    finally:
        await within(settings.request_timeout, "stop the shard map's producer", producer.stop())
    logger.info("shard_map_written", shards=str(shards))
