"""The command `python -m services.processor shards`: it puts a shard map with more partitions into use.

The new map gives a partition of its own to a language that shared one with other languages. The new partition begins
with a copy of the shared verdict log, so that articles of the language still find their originals and known ids stay
known. Records of other languages in the copy expire with the window. When the command is run twice, or again after a
crash, it starts from the beginning; the new map is in use only after the last step.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.contracts.topics import DEFAULT_LAYOUT, TopicLayout
from services.errors import ConfigurationError, CopydeskError
from services.outcomes import Stage
from services.processor.match.settings import MatchServiceSettings
from services.runtime.kafka.clients import build_producer, open_admin, within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.kafka.shard_map import read_shard_map, write_shard_map
from services.runtime.kafka.state_log import open_state_log
from services.runtime.service.lifecycle import EXIT_CONFIGURATION, EXIT_FAILED
from services.runtime.service.logs import configure_logging
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings, load_settings

SHARDED = (topics.ANNOTATED, topics.VERDICTS, topics.STORIES, topics.MATCH_CHECKPOINTS)
"""Plain names of the topics whose partitions are the shards."""

logger = structlog.get_logger()


def main(environ: Mapping[str, str]) -> int:
    """Put the declared shard map into use; return the exit code."""
    try:
        settings = load_settings(MatchServiceSettings, environ)
        configure_logging(settings.telemetry, "shards")
        retrier = Retrier(Stage.MATCH, Metrics("shards"))
        shards, layout = settings.topics.shard_map, settings.topics.layout
        resharding = retrier.call(
            "put the shard map into use", lambda: reshard(settings.kafka, settings.match.group, shards, layout)
        )
        asyncio.run(resharding)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIGURATION
    except CopydeskError as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    return 0


async def reshard(
    settings: KafkaSettings, group: str, declared: ShardMap = DECLARED_SHARDS, layout: TopicLayout = DEFAULT_LAYOUT
) -> None:
    """Replace the shard map in use by the declared one.

    `group` is the plain name of match's group. Raises ConfigurationError when that would split the index of a language,
    or while match runs or has not processed all articles. Raises TransientError when Kafka does not answer.
    """
    used = await read_shard_map(settings, layout)
    if used == declared:
        logger.info("shards_unchanged", shards=str(declared))
        return
    if used is not None and (moved := used.find_moved(declared)):
        raise ConfigurationError(f"the new shard map would split an index: {'; '.join(moved)}; see docs/shards.md")
    async with open_admin(settings, client_id="copydesk-shards") as admin:
        if used is not None:
            await _check_drained(admin, settings, group, used, layout)
            await _add_partitions(admin, settings, declared.count, layout)
            for shard in used.find_new(declared):
                await _copy_log(admin, settings, used.other, shard, layout.name(topics.VERDICTS))
    await write_shard_map(settings, declared, layout)


async def _check_drained(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, group: str, used: ShardMap, layout: TopicLayout
) -> None:
    """Raise ConfigurationError when match runs or has not processed all annotated articles."""
    timeout, group, annotated = settings.request_timeout, layout.name(group), layout.name(topics.ANNOTATED)
    [response] = await within(timeout, "describe the group", admin.describe_consumer_groups([group]))
    [(_, _, _, _, _, members, *_)] = response.groups
    if members:
        raise ConfigurationError(
            f"the consumer group {group} has {len(members)} members: stop annotate, then match, and run this again"
        )
    shards = [TopicPartition(annotated, number) for number in range(used.count)]
    committed = await within(timeout, "read the offsets", admin.list_consumer_group_offsets(group, partitions=shards))
    waiting = [shard.partition for shard in shards if await _has_records(settings, shard, committed[shard].offset)]
    if waiting:
        raise ConfigurationError(
            f"match has not processed all articles of {annotated} in the partitions {waiting}: let it finish, "
            "then run this again"
        )


async def _has_records(settings: KafkaSettings, partition: TopicPartition, start: int) -> bool:
    """Return whether the partition has a record at or after an offset. A transaction's marker is no record."""
    async with open_state_log(settings, partition) as log:
        return await log.find_first(start) is not None


async def _add_partitions(admin: AIOKafkaAdminClient, settings: KafkaSettings, count: int, layout: TopicLayout) -> None:
    """Give the sharded topics `count` partitions; a missing topic gets them when a service creates it."""
    sharded = [layout.name(topic) for topic in SHARDED]
    described = await within(settings.request_timeout, "describe topics", admin.describe_topics(sharded))
    lacking = [topic["topic"] for topic in described if not topic["error_code"] and len(topic["partitions"]) < count]
    if lacking:
        wanted = {name: NewPartitions(total_count=count) for name in lacking}
        await within(settings.request_timeout, "add partitions", admin.create_partitions(wanted))
        logger.info("partitions_added", topics=lacking, count=count)


async def _copy_log(admin: AIOKafkaAdminClient, settings: KafkaSettings, origin: int, target: int, topic: str) -> None:
    """Replace the records of partition `target` of the verdict log by the records of `origin`, in the same order."""
    source, destination = (TopicPartition(topic, number) for number in (origin, target))
    timeout = settings.request_timeout
    async with open_state_log(settings, destination) as log:
        old_end = log.end
    if old_end:
        deletion = {destination: RecordsToDelete(before_offset=old_end)}
        await within(timeout, "clear the new partition", admin.delete_records(deletion))
    producer = build_producer(settings, client_id="copydesk-shards")
    copied = 0
    try:
        await within(timeout, "start the copying producer", producer.start())
        async with open_state_log(settings, source) as log:
            async for records in log.stream(log.begin):
                await _copy_records(producer, settings, records, destination)
                copied += len(records)
    finally:
        await within(timeout, "stop the copying producer", producer.stop())
    logger.info("verdict_log_copied", origin=origin, target=target, records=copied)


async def _copy_records(
    producer: AIOKafkaProducer, settings: KafkaSettings, records: Sequence[ConsumedRecord], destination: TopicPartition
) -> None:
    """Send copies of records with their original timestamps, from which retention counts."""
    deliveries = [
        await send(
            producer,
            OutputRecord(
                destination.topic, record.key, record.value, record.headers, destination.partition, record.timestamp
            ),
        )
        for record in records
    ]
    await within(settings.request_timeout, "copy the verdict log", asyncio.gather(*deliveries))
